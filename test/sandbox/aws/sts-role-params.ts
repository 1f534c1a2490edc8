import { AwsFault } from './aws-fault.ts'
import { readSessionParams, ROLE_RULES, sessionViolations } from './sts-params.ts'
import type { SessionParams } from './sts-params.ts'
import { refusal } from './sts-errors.ts'
import { listViolations, members, refuseViolations, textViolations } from './sts-validation.ts'
import type { Form, Rule } from './sts-validation.ts'

/** Parameters of AssumeRole after validation. */
export type RoleParams = SessionParams & {
  readonly externalId: string | undefined
  readonly sourceIdentity: string | undefined
  readonly serialNumber: string | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
}

/** Limits of the API reference. */
const RULES: readonly Rule[] = [
  ...ROLE_RULES,
  { name: 'ExternalId', min: 2, max: 1224, pattern: String.raw`[\w+=,.@:\/-]*` },
  { name: 'SerialNumber', min: 9, max: 256, pattern: String.raw`[\w+=\/:,.@-]*` },
  { name: 'TokenCode', sensitive: true, min: 6, max: 6, pattern: String.raw`[\d]*` },
  { name: 'SourceIdentity', min: 2, max: 64, pattern: String.raw`[\w+=,.@-]*` },
]
const TAGS = { name: 'Tags', min: 0, max: 50 }
const TRANSITIVE = { name: 'TransitiveTagKeys', min: 0, max: 50 }
const TAG_TEXT = String.raw`[\p{L}\p{Z}\p{N}_.:\/=+\-@]`

type Pair = { readonly key: string | undefined; readonly value: string | undefined }

/** The tags of a request, by their number; a key without value and a value without key are both seen. */
export const tagPairs = (form: Form): readonly Pair[] => {
  const numbers = [...form.keys()].flatMap((name) => /^Tags\.member\.(\d+)\.(?:Key|Value)$/.exec(name)?.[1] ?? [])
  return [...new Set(numbers)]
    .toSorted((a, b) => Number(a) - Number(b))
    .map((number) => ({
      key: form.get(`Tags.member.${number}.Key`),
      value: form.get(`Tags.member.${number}.Value`),
    }))
}

/** What is wrong with the tags of a request. */
export const tagViolations = (pairs: readonly Pair[]): readonly string[] => [
  ...listViolations(
    TAGS,
    pairs.map(({ key = '' }) => key),
  ),
  ...pairs.flatMap(({ key, value }, index) => [
    ...textViolations(
      { name: `tags.${index + 1}.member.key`, required: true, min: 1, max: 128, pattern: `${TAG_TEXT}+` },
      key,
    ),
    ...textViolations(
      { name: `tags.${index + 1}.member.value`, required: true, min: 0, max: 256, pattern: `${TAG_TEXT}*` },
      value,
    ),
  ]),
]

/** The tags of a validated request. Keys have no case: two that differ only in letters are refused, as are reserved ones. */
export const readTags = (pairs: readonly Pair[]): ReadonlyMap<string, string> => {
  const tags = new Map(pairs.map(({ key = '', value = '' }) => [key, value]))
  const folded = new Set([...tags.keys()].map((key) => key.toLowerCase()))
  if (folded.size < pairs.length) throw refusal('duplicateTags')
  if ([...folded].some((key) => key.startsWith('aws:'))) throw refusal('reservedTag')
  return tags
}

const readTransitiveKeys = (form: Form, tags: ReadonlyMap<string, string>): readonly string[] => {
  const keys = members(form, TRANSITIVE.name)
  const known = new Set([...tags.keys()].map((key) => key.toLowerCase()))
  if (keys.some((key) => !known.has(key.toLowerCase()))) throw refusal('transitiveWithoutTag')
  return keys
}

/** Validates the parameters of AssumeRole. */
export const readRoleParams = (form: Form): RoleParams => {
  const pairs = tagPairs(form)
  refuseViolations([
    ...sessionViolations(form, RULES),
    ...tagViolations(pairs),
    ...listViolations(TRANSITIVE, members(form, TRANSITIVE.name)),
  ])
  const sourceIdentity = form.get('SourceIdentity')
  // [K] assumption: the text. API reference: the prefix is reserved.
  if (sourceIdentity?.toLowerCase().startsWith('aws:')) throw new AwsFault('ValidationError', 'Invalid SourceIdentity')
  const tags = readTags(pairs)
  return {
    ...readSessionParams(form),
    externalId: form.get('ExternalId'),
    serialNumber: form.get('SerialNumber'),
    sourceIdentity,
    tags,
    transitiveTagKeys: readTransitiveKeys(form, tags),
  }
}
