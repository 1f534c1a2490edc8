import type { Fault } from '../lib/core/errors.ts'
import { readOrigin, type Origin, type OriginAccess } from '../lib/delivery/origin.ts'
import { checkIdentity, type IdentityInputs } from '../lib/federation/identity-inputs.ts'

/** The inputs that say what is pulled, and as whom; undefined is what was not given, or faulty by itself. */
export type PullInputs = IdentityInputs & {
  readonly image?: string | undefined
  readonly access?: OriginAccess | undefined
}

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: PullInputs): readonly Fault[] {
  const faults: Fault[] = []
  const from = resolve(inputs, faults)
  return [...faults, ...checkIdentity(inputs, from?.use)]
}

/** What inputs name that passed {@link checkInputs}. */
export function readPulled(inputs: PullInputs): Origin {
  const from = resolve(inputs, [])
  if (from === undefined) throw new TypeError('an image that cannot be read passed the checks')
  return from
}

function resolve({ image, access, 'azure-cloud': cloud }: PullInputs, faults: Fault[]): Origin | undefined {
  if (image === undefined || access === undefined || cloud === undefined) return undefined
  return readOrigin(image, { param: 'image', accessParam: 'access', access, cloud, faults })
}
