import type { Fault } from '../lib/core/errors.ts'
import { checkCombinations, type CombinedInputs } from '../lib/delivery/combinations.ts'
import { resolveDestinations, type Destinations } from '../lib/delivery/destinations.ts'
import { readOrigin, type Origin, type OriginAccess } from '../lib/delivery/origin.ts'
import { checkIdentity, neededOf } from '../lib/federation/identity-inputs.ts'
import { identityOf, sideIdentityParams } from '../lib/step/identity-sides.ts'
import { sideFaults } from '../lib/step/side-params.ts'

type Values = Readonly<Record<string, unknown>>

/** The way of one image: from where, and to where. */
export type Route = { readonly from: Origin; readonly to: Destinations }

/** What the destinations' own names for `to` and `also-to` are. */
const toNames = { image: 'to', images: 'also-to' } as const

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: Values): readonly Fault[] {
  const fromFaults: Fault[] = []
  const from = resolveFrom(inputs, fromFaults)
  const toFaults: Fault[] = []
  const to = resolveTo(inputs, toFaults)
  toFaults.push(
    ...checkIdentity(identityOf('to', inputs), to?.use),
    ...checkCombinations(repositoryOf(inputs), to?.all),
  )
  return [
    ...fromFaults,
    ...sideFaults({ side: 'from', params }, checkIdentity(identityOf('from', inputs), from?.use)),
    ...sideFaults({ side: 'to', params, others: toNames }, toFaults),
    ...(from === undefined || to === undefined ? [] : oneTokenFaults(inputs, { from, to })),
  ]
}

const params = sideIdentityParams

/** The way that inputs describe which passed {@link checkInputs}. */
export function readRoute(inputs: Values): Route {
  const from = resolveFrom(inputs, [])
  const to = resolveTo(inputs, [])
  if (from === undefined || to === undefined) throw new TypeError('a way that cannot be read passed the checks')
  return { from, to }
}

function resolveFrom(inputs: Values, faults: Fault[]): Origin | undefined {
  const { from: text } = inputs
  const access = accessOf(inputs)
  const { 'azure-cloud': cloud } = identityOf('from', inputs)
  if (typeof text !== 'string' || access === undefined || cloud === undefined) return undefined
  return readOrigin(text, { param: 'from', accessParam: 'from-access', access, cloud, faults })
}

function accessOf(inputs: Values): OriginAccess | undefined {
  const access = inputs['from-access']
  return access === 'identity' || access === 'anonymous' ? access : undefined
}

function resolveTo(inputs: Values, faults: Fault[]): Destinations | undefined {
  const { to, 'also-to': more, tags } = inputs
  const { 'azure-cloud': cloud } = identityOf('to', inputs)
  const given = {
    ...(typeof to === 'string' ? { image: to } : {}),
    ...(isTexts(more) ? { images: more } : {}),
    ...(isTexts(tags) ? { tags } : {}),
  }
  return resolveDestinations({ ...given, 'azure-cloud': cloud }, faults)
}

/** The pod's one token for Entra is made out to Entra, or to the token proxy of an identity binding: never to both. */
function oneTokenFaults(inputs: Values, { from, to }: Route): Fault[] {
  const of = (side: 'from' | 'to') => identityOf(side, inputs)['azure-identity']
  const param = 'from-azure-identity'
  const [got, other] = [of('from'), of('to')]
  const isShown = (kind: typeof got) => kind === 'cluster' || kind === 'identity-binding'
  if (from.use === undefined || !isShown(got) || !isShown(other) || got === other) return []
  if (!neededOf(identityOf('from', inputs), from.use).entra || !neededOf(identityOf('to', inputs), to.use).entra)
    return []
  const expected = `${other}, as to-azure-identity is: the pod has one token for Entra, made out to one audience`
  return [{ param, got: got ?? '', expected }]
}

/** How a repository is created is no matter of a side: there is one that is written to. */
function repositoryOf(inputs: Values): CombinedInputs {
  const names = [
    'create-repository',
    'repository-scan',
    'repository-immutable-tags',
    'repository-encryption',
    'repository-tags',
  ]
  return Object.fromEntries(names.map((name) => [name, inputs[name]]))
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
