/** IMF-fixdate, RFC 850 and asctime (RFC 9110 §5.6.7). Anything else is no date, also where JavaScript reads one into it (`soon 2099`). */
const dateForms = [
  /^[a-z]{3}, (?<day>\d{1,2}) (?<month>[a-z]{3}) (?<year>\d{4}) (?<time>[\d:]{8}) GMT$/i,
  /^[a-z]{6,9}, (?<day>\d{2})-(?<month>[a-z]{3})-(?<year>\d{2}) (?<time>[\d:]{8}) GMT$/i,
  /^[a-z]{3} (?<month>[a-z]{3}) [ 0]?(?<day>\d{1,2}) (?<time>[\d:]{8}) (?<year>\d{4})$/i,
]

/**
 * Milliseconds that a `Retry-After` header asks to wait: delta-seconds or an HTTP date (RFC 9110 §10.2.3).
 * Undefined when there is none or it cannot be read.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const date = parseHttpDate(text, now)
  return date === undefined ? undefined : Math.max(0, date - now)
}

function parseHttpDate(text: string, now: number): number | undefined {
  for (const form of dateForms) {
    const { day = '', month = '', year = '', time = '' } = form.exec(text)?.groups ?? {}
    // Said to be GMT in each form: asctime has no zone, and JavaScript would take it for local time.
    const date = Date.parse(`${day} ${month} ${fullYear(year, now)} ${time} GMT`)
    if (day !== '' && !Number.isNaN(date)) return date
  }
  return undefined
}

/** A year of two digits is the one that is at most 50 years ahead (RFC 9110 §5.6.7). */
function fullYear(year: string, now: number): number {
  if (year.length !== 2) return Number(year)
  const thisYear = new Date(now).getUTCFullYear()
  const inThisCentury = thisYear - (thisYear % 100) + Number(year)
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury
}
