import { createHash, createHmac } from 'node:crypto'
import type { AwsSession } from './session.ts'

/** The one algorithm of AWS Signature Version 4 that is used here. */
export const algorithm = 'AWS4-HMAC-SHA256'

/** A time as signatures have it: `20260102T030405Z`. */
export function amzDate(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
}

/** For what, where and on which day a signature holds. */
export function scopeOf(date: string, { region, service }: { readonly region: string; readonly service: string }) {
  return `${date.slice(0, 8)}/${region}/${service}/aws4_request`
}

/** A query in its canonical form: sorted by name, then by value, both encoded. */
export function canonicalQuery(params: Iterable<readonly [name: string, value: string]>): string {
  return Array.from(params, ([name, value]) => [encoded(name), encoded(value)] as const)
    .toSorted((one, other) => byName(one, other) || compare(one[1], other[1]))
    .map((pair) => pair.join('='))
    .join('&')
}

/** Signs a canonical request for a scope (`date/region/service/aws4_request`); hex. */
export function signCanonical(
  canonical: string,
  { date, scope, session }: { readonly date: string; readonly scope: string; readonly session: AwsSession },
): string {
  const text = [algorithm, date, scope, sha256(canonical)].join('\n')
  const secret = `AWS4${session.secretAccessKey.reveal()}`
  const key = scope.split('/').reduce<string | Buffer>((held, part) => hmac(held, part), secret)
  return hmac(key, text).toString('hex')
}

/** Percent-encodes all but the unreserved characters. */
export function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Hex SHA-256. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** By the order of their bytes, as canonical forms want names. */
export function byName([one]: readonly [string, string], [other]: readonly [string, string]): number {
  return compare(one, other)
}

function compare(one: string, other: string): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
