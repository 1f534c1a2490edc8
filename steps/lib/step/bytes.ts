const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const

/** An amount of bytes for people, in powers of 1,000 as registries count: `512 B`, `12.3 MB`. */
export function showBytes(bytes: number): string {
  let amount = bytes
  let unit = 0
  while (Math.abs(amount) >= 999.95 && unit < units.length - 1) {
    amount /= 1000
    unit += 1
  }
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`
}
