import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { refusal } from './sts-errors.ts'

/** What a token asks of the session beyond its subject: AWS's namespaced claims (protocols.md §5.3). */
export type TokenExtras = {
  readonly tags: ReadonlyMap<string, string>
  readonly transitiveTagKeys: readonly string[]
  readonly sourceIdentity: string | undefined
  /** Whether the roles claim named the role; false when the token has no such claim. */
  readonly roleAuthorizedByIdp: boolean
}

const TAGS = 'https://aws.amazon.com/tags'
const FLAT_TAG = `${TAGS}/principal_tags/`
const FLAT_TRANSITIVE = `${TAGS}/transitive_tag_keys`
const SOURCE_IDENTITY = 'https://aws.amazon.com/source_identity'
const ROLES = 'https://aws.amazon.com/roles'

const LIMITS = { tags: 50, key: 128, value: 256 }

/** Nested tag values are arrays of one text; a bare text is refused (recorded). */
const nestedTags = (claim: unknown): [string, unknown][] => {
  if (claim === undefined) return []
  const tags = isObject(claim) ? (claim['principal_tags'] ?? {}) : undefined
  if (!isObject(tags)) throw refusal('badTags')
  return Object.entries(tags).map(([key, values]) => {
    if (!Array.isArray(values) || values.length !== 1) throw refusal('badTags')
    return [key, values[0]]
  })
}

const flatTags = (payload: JsonObject): [string, unknown][] =>
  Object.entries(payload)
    .filter(([name]) => name.startsWith(FLAT_TAG))
    .map(([name, value]) => [name.slice(FLAT_TAG.length), value])

const readTags = (payload: JsonObject): ReadonlyMap<string, string> => {
  const tags = new Map<string, string>()
  for (const [key, value] of [...nestedTags(payload[TAGS]), ...flatTags(payload)]) {
    if (typeof value !== 'string' || value.length > LIMITS.value) throw refusal('badTags')
    if (key === '' || key.length > LIMITS.key) throw refusal('badTags')
    tags.set(key, value)
  }
  if (tags.size > LIMITS.tags) throw refusal('badTags')
  return tags
}

const readTransitiveKeys = (payload: JsonObject, tags: ReadonlyMap<string, string>): readonly string[] => {
  const nested = isObject(payload[TAGS]) ? payload[TAGS]['transitive_tag_keys'] : undefined
  const keys: unknown = nested ?? payload[FLAT_TRANSITIVE] ?? []
  const known = (key: unknown): key is string => typeof key === 'string' && tags.has(key)
  if (!Array.isArray(keys) || !keys.every(known)) throw refusal('badTransitiveKeys')
  return keys
}

const readSourceIdentity = (claim: unknown): string | undefined => {
  if (claim === undefined) return undefined
  if (typeof claim !== 'string' || !/^[\w+=,.@-]{2,64}$/.test(claim)) throw refusal('badSourceIdentity')
  return claim
}

const ROLE_ARN_FORM = /^arn:[a-z-]+:iam::\d{12}:role\/\S+$/

/** An array of role ARNs or one text with `;` between them; without a single role ARN in it the claim itself is refused. */
const rolesOf = (claim: unknown): readonly string[] => {
  const listed: unknown = typeof claim === 'string' ? claim.split(';') : claim
  const roles = Array.isArray(listed) ? listed.filter((role): role is string => typeof role === 'string') : []
  if (!roles.some((role) => ROLE_ARN_FORM.test(role))) throw refusal('badRolesClaim')
  return roles
}

/** Checks the roles claim, before the trust policy is looked at: absent or null pins nothing, otherwise the match is exact. */
const checkRolesClaim = (claim: unknown, roleArn: string): boolean => {
  if (claim === undefined || claim === null) return false
  if (!rolesOf(claim).includes(roleArn)) throw refusal('roleNotInClaim')
  return true
}

/** Reads the namespaced claims of a verified token for the role that was asked for. */
export const readExtras = (payload: JsonObject, roleArn: string): TokenExtras => {
  const roleAuthorizedByIdp = checkRolesClaim(payload[ROLES], roleArn)
  const tags = readTags(payload)
  return {
    tags,
    transitiveTagKeys: readTransitiveKeys(payload, tags),
    sourceIdentity: readSourceIdentity(payload[SOURCE_IDENTITY]),
    roleAuthorizedByIdp,
  }
}
