import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { judge, type Aim, type Judged } from './aims.ts'
import { plotOf, showTime } from './plot.ts'
import { ours, type Absence, type Result } from './result.ts'
import type { Row } from './row.ts'

/** What a report is made of. */
export type Report = {
  readonly rows: readonly Pick<Row, 'name' | 'title' | 'aims'>[]
  readonly results: readonly Result[]
  readonly absences: readonly Absence[]
  /** What was tried, in Markdown: written by people. */
  readonly tried: string
}

/** Writes RESULTS.md with what TRIED.md says at its end, and a plot of each row. */
export async function writeReport({ folder, ...report }: Omit<Report, 'tried'> & { folder: string }): Promise<void> {
  const tried = await readFile(join(folder, 'TRIED.md'), 'utf8')
  const plots = join(folder, 'plots')
  await rm(plots, { recursive: true, force: true })
  await mkdir(plots, { recursive: true })
  for (const { name, title } of report.rows) {
    const mine = report.results.filter(({ row }) => row === name)
    if (mine.length > 0) await writeFile(join(plots, `${name}.svg`), plotOf(title, mine))
  }
  await writeFile(join(folder, 'RESULTS.md'), reportText({ ...report, tried }))
}

/** The whole report. */
export function reportText({ rows, results, absences, tried }: Report): string {
  const machines = [...new Set(results.map(({ machine }) => machine))]
  const judged = rows.flatMap(({ name, aims }) => judge(name, aims, results))
  const head = [
    '# Results of the benchmark',
    '',
    'Made by `npm run bench`; [README.md](README.md) says how it measures. Only ratios within a row mean anything on another machine.',
    '',
    ...machines.map((machine) => `Machine: ${machine}.`),
    '',
    '## Aims',
    '',
    ...tableOf(['row', 'sink', 'aim', 'reached', ''], judged.map(aimCells)),
  ]
  const sections = rows.flatMap(({ name, title }) => sectionOf({ name, title, results, absences }))
  return [...head, ...sections, '', tried.trim(), ''].join('\n')
}

type Section = Pick<Row, 'name' | 'title'> & Pick<Report, 'results' | 'absences'>

function sectionOf({ name, title, results, absences }: Section): readonly string[] {
  const mine = results.filter(({ row }) => row === name)
  if (mine.length === 0) return []
  const missing = absences.filter(({ row }) => row === name).map(({ tool, reason }) => `${tool} is absent: ${reason}.`)
  const isServed = mine.some(({ per_second: rate }) => rate !== undefined)
  const columns = ['sink', 'program', 'median', 'min to max', 'runs', 'peak memory', 'cpu', `beside ${ours}`]
  if (isServed) columns.push('a second', 'p99')
  return [
    '',
    `## ${name}`,
    '',
    `${title}.`,
    '',
    ...tableOf(
      columns,
      mine.map((result) => [...resultCells(result, mine), ...(isServed ? servedCells(result) : [])]),
    ),
    '',
    ...[...new Set(missing)].flatMap((line) => [line, '']),
    `![${title}](plots/${name}.svg)`,
  ]
}

function resultCells(result: Result, row: readonly Result[]): readonly string[] {
  const own = row.find(({ sink, tool }) => sink === result.sink && tool === ours)
  return [
    result.sink,
    `${result.tool} ${result.version}`,
    showTime(result.median_ms),
    `${showTime(result.min_ms)} to ${showTime(result.max_ms)}`,
    String(result.runs),
    `${Math.round(result.peak_rss_mb)} MB`,
    showTime(result.cpu_ms),
    own === undefined ? '' : (result.median_ms / own.median_ms).toFixed(2),
  ]
}

function servedCells({ per_second: rate, p99_ms: p99 }: Result): readonly string[] {
  return [rate === undefined ? '' : String(rate), p99 === undefined ? '' : `${p99} ms`]
}

function aimCells({ row, sink, aim, against, reached, isMet }: Judged): readonly string[] {
  return [
    row,
    sink,
    aimText(aim, against),
    reachedText(aim, reached),
    isMet === undefined ? '' : isMet ? 'met' : 'not met',
  ]
}

function aimText(aim: Aim, against: string | undefined): string {
  if (aim.kind === 'time') return `≤ ${aim.atMost} ms`
  if (aim.kind === 'memory') return `≤ ${aim.atMost} MB at its peak`
  const other =
    aim.kind === 'fastest'
      ? `the fastest peer${against === undefined ? '' : `, ${against}`}`
      : (against ?? aim.against.join(' or '))
  return `≤ ${aim.atMost} × ${other}`
}

function reachedText({ kind }: Aim, reached: number | undefined): string {
  if (reached === undefined) return 'nothing to compare with'
  if (kind === 'time') return showTime(reached)
  return kind === 'memory' ? `${Math.round(reached)} MB` : `${reached.toFixed(2)} ×`
}

function tableOf(columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)]
}
