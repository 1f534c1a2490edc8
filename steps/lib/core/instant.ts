/** An instant as records and messages show it: RFC 3339, UTC, whole seconds; `unknown` when there is none. */
export function rfc3339(epochMs: number | undefined): string {
  if (epochMs === undefined || !Number.isFinite(epochMs)) return 'unknown'
  const date = new Date(epochMs)
  return Number.isNaN(date.getTime()) ? 'unknown' : date.toISOString().replace(/\.\d{3}Z$/, 'Z')
}
