import { optionalNumber, optionalText } from './ecr-input.ts'
import { AwsFault } from './aws-fault.ts'
import type { JsonObject } from './json-object.ts'

const PAGE = { min: 1, max: 1000 }
const DEFAULT_PAGE = 100

/** One page of a listing, and the token of the next one. */
export type Page<Item> = { readonly items: readonly Item[]; readonly nextToken?: string }

const startOf = (token: string | undefined): number => {
  if (token === undefined) return 0
  const text = Buffer.from(token, 'base64url').toString('utf8')
  if (!/^from:\d{1,9}$/.test(text))
    throw new AwsFault(
      'InvalidParameterException',
      "Invalid parameter at 'nextToken' failed to satisfy constraint: 'Invalid token'",
    )
  return Number(text.slice('from:'.length))
}

/** Cuts the page that the input's `maxResults` and `nextToken` ask for; 100 items when it does not say (API reference). */
export const pageOf = <Item>(input: JsonObject, all: readonly Item[]): Page<Item> => {
  const size = optionalNumber(input, 'maxResults', PAGE) ?? DEFAULT_PAGE
  const start = startOf(optionalText(input, 'nextToken'))
  const items = all.slice(start, start + size)
  const next = start + items.length
  return next < all.length ? { items, nextToken: Buffer.from(`from:${next}`).toString('base64url') } : { items }
}

/** The member of an answer that leads to the next page, when there is one. */
export const nextOf = ({ nextToken }: Page<unknown>): JsonObject => (nextToken === undefined ? {} : { nextToken })
