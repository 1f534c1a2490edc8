/** Container runtimes cut log lines at 16 KiB: texts are cut before, first to 512 characters, then further. */
const longestRecord = 15_000
const textLengths = [512, 128, 48] as const

/** The longest form that fits; hashes are never cut, they are always short enough for the last. */
export function fittingLine(event: object): string {
  const lines = textLengths.map((length) => JSON.stringify(event, (key, value) => shorten(key, value, length)))
  return lines.find((line) => Buffer.byteLength(line) <= longestRecord) ?? lines.at(-1) ?? ''
}

/** Identifiers of the record itself stay whole: a hash that is cut proves nothing. */
const whole: ReadonlySet<string> = new Set([
  'sha256',
  'digest',
  'dataschema',
  'type',
  'time',
  'id',
  'expiresAt',
  'startedAt',
  'finishedAt',
])

function shorten(key: string, value: unknown, length: number): unknown {
  if (typeof value !== 'string' || value.length <= length) return value
  return whole.has(key) && value.length <= 160 ? value : `${value.slice(0, length)}…`
}
