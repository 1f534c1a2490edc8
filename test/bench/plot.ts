import { ours, type Result } from './result.ts'

const barHeight = 16
const width = 640
const left = 180
const right = 90

/** A row's medians as bars, a group for each sink, with the fastest and the slowest run as a line: one SVG. */
export function plotOf(title: string, results: readonly Result[]): string {
  const most = Math.max(...results.map(({ max_ms }) => max_ms))
  const scale = (width - left - right) / (most === 0 ? 1 : most)
  const lines: string[] = []
  let top = 28
  for (const [sink, group] of Map.groupBy(results, ({ sink: one }) => one)) {
    lines.push(text(8, top + 10, sink === '' ? 'no sink' : sink, 'font-weight="bold"'))
    top += barHeight + 2
    for (const result of group.toSorted((a, b) => a.median_ms - b.median_ms)) {
      lines.push(...barOf(result, top, scale))
      top += barHeight
    }
    top += 8
  }
  const head = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" font-family="sans-serif" font-size="11">`
  const ground = `<rect width="${width}" height="${top}" fill="#fff"/>`
  return [head, ground, text(8, 16, title, 'font-size="12"'), ...lines, '</svg>', ''].join('\n')
}

function barOf({ tool, median_ms, min_ms, max_ms }: Result, top: number, scale: number): readonly string[] {
  const x = (value: number): string => (left + value * scale).toFixed(1)
  const color = tool.startsWith(ours) ? '#1f6feb' : '#9aa4af'
  const middle = top + barHeight / 2 - 1
  const size = `width="${(median_ms * scale).toFixed(1)}" height="${barHeight - 4}"`
  return [
    text(16, top + 10, tool),
    `<rect x="${left}" y="${top}" ${size} fill="${color}"/>`,
    `<path d="M${x(min_ms)} ${middle}H${x(max_ms)}" stroke="#24292f"/>`,
    text(Number(x(max_ms)) + 6, top + 10, showTime(median_ms)),
  ]
}

/** Milliseconds as people read them. */
export function showTime(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`
}

function text(x: number, y: number, words: string, more = ''): string {
  return `<text x="${x}" y="${y}" fill="#24292f"${more === '' ? '' : ` ${more}`}>${escaped(words)}</text>`
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
