import type { EcrRepository, TagExclusionFilter } from '../config.ts'
import { AwsFault } from './aws-fault.ts'
import {
  invalidParameter,
  objectList,
  optionalObject,
  optionalText,
  optionalWord,
  REPOSITORY_NAME,
  requiredText,
} from './ecr-input.ts'
import type { JsonObject } from './json-object.ts'

const MUTABILITIES = ['MUTABLE', 'IMMUTABLE', 'MUTABLE_WITH_EXCLUSION', 'IMMUTABLE_WITH_EXCLUSION'] as const
const ENCRYPTIONS = ['AES256', 'KMS', 'KMS_DSSE'] as const

/** API reference: up to five filters, each of up to 128 characters with at most two wildcards. */
const MAX_FILTERS = 5
const FILTER = /^[0-9a-zA-Z._*-]{1,128}$/
const MAX_WILDCARDS = 2

const readFilter = (filter: JsonObject): TagExclusionFilter => {
  const at = 'imageTagMutabilityExclusionFilters'
  if (filter['filterType'] !== 'WILDCARD') throw invalidParameter(at, 'must satisfy enum value set: [WILDCARD]')
  const text = requiredText(filter, 'filter')
  if (!FILTER.test(text) || text.split('*').length - 1 > MAX_WILDCARDS)
    throw invalidParameter(
      at,
      `must satisfy regular expression '${FILTER.source.slice(1, -1)}' with at most ${MAX_WILDCARDS} wildcards`,
    )
  return { filterType: 'WILDCARD', filter: text }
}

/** The mutability of tags with its exclusions: these come exactly with the two settings that have them. [K] assumption: the text. */
export const readMutability = (
  input: JsonObject,
): Pick<EcrRepository, 'imageTagMutability' | 'imageTagMutabilityExclusionFilters'> => {
  const imageTagMutability = optionalWord(input, 'imageTagMutability', MUTABILITIES) ?? 'MUTABLE'
  const filters = objectList(input, 'imageTagMutabilityExclusionFilters').map(readFilter)
  if (filters.length > MAX_FILTERS)
    throw invalidParameter(
      'imageTagMutabilityExclusionFilters',
      `must have length less than or equal to ${MAX_FILTERS}`,
    )
  if (imageTagMutability.endsWith('_WITH_EXCLUSION') !== filters.length > 0)
    throw new AwsFault(
      'InvalidParameterException',
      `Invalid parameter at 'imageTagMutabilityExclusionFilters' failed to satisfy constraint: 'must come with, and only with, a mutability WITH_EXCLUSION'`,
    )
  return { imageTagMutability, ...(filters.length > 0 ? { imageTagMutabilityExclusionFilters: filters } : {}) }
}

/** AES256 takes no key. [K] assumption: the account's own key, which KMS takes when none is named, is not shown. */
const readEncryption = (input: JsonObject): Pick<EcrRepository, 'encryptionConfiguration'> => {
  const wanted = optionalObject(input, 'encryptionConfiguration')
  if (wanted === undefined) return {}
  const encryptionType = optionalWord(wanted, 'encryptionType', ENCRYPTIONS)
  const kmsKey = optionalText(wanted, 'kmsKey')
  if (encryptionType === undefined) throw invalidParameter('encryptionConfiguration.encryptionType', 'must not be null')
  if (encryptionType === 'AES256' && kmsKey !== undefined)
    throw invalidParameter('encryptionConfiguration.kmsKey', 'must be empty for AES256')
  return { encryptionConfiguration: { encryptionType, ...(kmsKey === undefined ? {} : { kmsKey }) } }
}

const MAX_TAGS = 50

/** `Key` and `Value` in capitals, as both APIs have them. */
export const readTags = (input: JsonObject): Pick<EcrRepository, 'tags'> => {
  const list = objectList(input, 'tags')
  if (list.length === 0) return {}
  const pairs = list.map((tag): [string, string] => [requiredText(tag, 'Key'), requiredText(tag, 'Value')])
  const wrong = pairs.some(([key, value]) => key === '' || key.length > 128 || value.length > 256 || /^aws:/i.test(key))
  if (wrong || new Set(pairs.map(([key]) => key)).size < pairs.length)
    throw new AwsFault('InvalidTagParameterException', 'Invalid tag: a key is empty, too long, reserved or repeated.')
  if (pairs.length > MAX_TAGS) throw new AwsFault('TooManyTagsException', `A repository has at most ${MAX_TAGS} tags.`)
  return { tags: Object.fromEntries(pairs) }
}

/** Reads the input of CreateRepository. */
export const readNewRepository = (input: JsonObject, region: string): EcrRepository => {
  const name = requiredText(input, 'repositoryName', REPOSITORY_NAME)
  const scanning = optionalObject(input, 'imageScanningConfiguration')
  return {
    region,
    name,
    ...readMutability(input),
    ...readEncryption(input),
    ...readTags(input),
    ...(scanning?.['scanOnPush'] === true ? { scanOnPush: true } : {}),
  }
}
