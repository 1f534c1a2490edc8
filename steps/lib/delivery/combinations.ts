import type { Fault } from '../core/errors.ts'
import { longestResults } from '../step/results.ts'
import type { Destination } from './destination.ts'

/** Inputs that make sense only with others; undefined is what was not given, or faulty by itself. */
export type CombinedInputs = {
  readonly 'create-repository'?: 'never' | 'if-missing' | undefined
  readonly 'repository-scan'?: boolean | undefined
  readonly 'repository-immutable-tags'?: boolean | undefined
  readonly 'repository-encryption'?: string | undefined
  readonly 'repository-tags'?: readonly string[] | undefined
  readonly 'wait-for-scan'?: string | undefined
  readonly 'wait-for-signature'?: boolean | undefined
}

/** What of all results of a step is not IMAGES: names, digest, record. */
const otherResultsBytes = 260
const digestLength = '@sha256:'.length + 64

/** What each input asks for that the others do not give. `destinations` is undefined where they could not be read. */
export function checkCombinations(
  inputs: CombinedInputs,
  destinations: readonly Destination[] | undefined,
): readonly Fault[] {
  return [
    ...repositoryFaults(inputs),
    ...(destinations === undefined ? [] : [...scanFaults(inputs, destinations), ...sizeFaults(destinations)]),
  ]
}

/** Settings of a repository that is never created would be dropped without a word. */
function repositoryFaults(inputs: CombinedInputs): Fault[] {
  if (inputs['create-repository'] !== 'never') return []
  const given = {
    'repository-scan': inputs['repository-scan'] === true ? 'true' : '',
    'repository-immutable-tags': inputs['repository-immutable-tags'] === true ? 'true' : '',
    'repository-encryption': inputs['repository-encryption'] ?? '',
    'repository-tags': inputs['repository-tags']?.join(' ') ?? '',
  }
  const expected = 'create-repository to be if-missing: only a repository that this step creates gets these settings'
  return Object.entries(given).flatMap(([param, got]) => (got === '' ? [] : [{ param, got, expected }]))
}

function scanFaults(inputs: CombinedInputs, destinations: readonly Destination[]): Fault[] {
  if (destinations.some(({ registry }) => registry.kind === 'ecr')) return []
  const expected = 'a private ECR registry in image or images: no other registry scans and signs by itself'
  return [
    ...(inputs['wait-for-scan'] === undefined
      ? []
      : [{ param: 'wait-for-scan', got: inputs['wait-for-scan'], expected }]),
    ...(inputs['wait-for-signature'] === true ? [{ param: 'wait-for-signature', got: 'true', expected }] : []),
  ]
}

/** Better said now than when everything is pushed and the results cannot be written. */
function sizeFaults(destinations: readonly Destination[]): Fault[] {
  const [first, ...others] = destinations
  if (first === undefined || others.length === 0) return []
  const names = destinations.reduce((sum, { name }) => sum + name.length + digestLength + 1, 0)
  const bytes = otherResultsBytes + first.name.length + (first.tags[0]?.length ?? 0) + names
  if (bytes <= longestResults) return []
  const got = `${destinations.length} destinations`
  const expected = `fewer, or shorter names: the results would take ${bytes} bytes, and Tekton loses more than ${longestResults}`
  return [{ param: 'images', got, expected }]
}
