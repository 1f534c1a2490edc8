import { printable } from '../core/errors.ts'

/** How much of the sink's own words is read, and how much shown. */
const readBytes = 4096
const longestExcerpt = 200

/** The first bytes of an answer as text. */
export function textOf(body: Buffer): string {
  return body.subarray(0, readBytes).toString('utf8')
}

/** One bounded line. What may be a token or a key, should the sink say back what it was sent, is left out: no word of people is that long. */
export function excerpt(text: string): string {
  const clean = printable(
    text
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/[\w.~+/=%-]{32,}/g, '[…]'),
  )
  return clean.length > longestExcerpt ? `${clean.slice(0, longestExcerpt)}…` : clean
}
