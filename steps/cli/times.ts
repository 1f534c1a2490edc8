import { parseDuration } from '../lib/step/duration.ts'

/** What a time that is given may look like. */
export const timeForms = 'a time such as 2026-05-01T12:00:00Z, or 10m from now, or -10m'

/** Seconds of a duration such as `1h30m`, which may be negative; undefined when it is none. */
export function parseSeconds(text: string): number | undefined {
  const ms = parseDuration(text.replace(/^-/, ''))
  if (ms === undefined) return undefined
  return Math.round(ms / 1000) * (text.startsWith('-') ? -1 : 1)
}

/** NumericDate of an RFC 3339 time, of seconds since the epoch, or of a duration from now. */
export function parseInstant(text: string, nowMs: number): number | undefined {
  if (/^\d{9,11}$/.test(text)) return Number(text)
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)) {
    const ms = Date.parse(text)
    return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
  }
  const seconds = parseSeconds(text.replace(/^\+/, ''))
  return seconds === undefined ? undefined : Math.floor(nowMs / 1000) + seconds
}
