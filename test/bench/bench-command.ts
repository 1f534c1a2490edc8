import { CliError } from '../../steps/cli/cli-error.ts'
import type { Command, Given } from '../../steps/cli/command.ts'
import { logOf, print } from '../../steps/cli/print.ts'
import { suggestion } from '../sandbox/nearest-name.ts'
import { root } from '../contract/repository.ts'
import { compare, confirm } from './compare.ts'
import { openBench } from './open-bench.ts'
import { writeReport } from './report.ts'
import { readEntries, withFresh, writeEntries, type Absence, type Result } from './result.ts'
import type { Row } from './row.ts'
import { allRows } from './rows/all-rows.ts'
import { runRows, type Measured } from './run-rows.ts'
import { verdictText } from './verdict-text.ts'

const folder = `${root}/test/bench`
const resultsFile = `${folder}/RESULTS.json`
const absencesFile = `${folder}/absences.json`

/** `npm run bench`: our programs beside others that do the same. */
export const benchCommand: Command = {
  name: 'bench',
  summary:
    'Measures whole processes of ours beside crane, regctl, oras, skopeo, aws and az, and writes test/bench/RESULTS.md.',
  usage: '[ROW…] [options]',
  positionals: { least: 0, most: allRows.length },
  options: {
    quick: { summary: 'Fewer rows and sinks; compares with the committed ratios and writes nothing.' },
    runs: { takes: 'N', summary: 'Runs of each program. Default: 5, or 3 with --quick.' },
    shrink: { takes: 'N', summary: 'Divides sizes by N, to try the harness out; nothing is written.' },
  },
  details: [],
  examples: [],
  run: async (given, host) => {
    const rows = rowsOf(given)
    const isQuick = given.flag('quick')
    const shrink = numberOf(given, 'shrink', 1)
    const log = logOf(host)
    await using bench = await openBench({ isQuick, shrink, log })
    const isKept = !isQuick && shrink === 1
    const runs = numberOf(given, 'runs', isQuick ? 3 : 5)
    const measured = await runRows(rows, { bench, runs, ...(isKept ? { onRow: keep } : {}) })
    for (const { row, sink, tool, reason } of measured.absences) log.line('absent', `${row} ${sink} ${tool}: ${reason}`)
    return isQuick ? await judgeQuickly(rows, { measured, again: (some) => runRows(some, { bench, runs }) }, host) : 0
  },
}

type Quick = { readonly measured: Measured; readonly again: (rows: readonly Row[]) => Promise<Measured> }

/** A row is worse when it was worse twice: a minute in which the machine did something else is no failure. The last line is the one that .ci/run adds up. */
async function judgeQuickly(rows: readonly Row[], { measured, again }: Quick, host: NodeJS.Process): Promise<number> {
  const committed = await readEntries<Result>(resultsFile)
  const first = compare(rows, measured.results, committed)
  const suspects = rows.filter(({ name }) => first.failed.some(({ row }) => row === name))
  const verdict =
    suspects.length === 0 ? first : confirm(first, compare(suspects, (await again(suspects)).results, committed))
  await print(host, verdictText(verdict))
  return verdict.failed.length === 0 ? 0 : 1
}

async function keep({ results, absences }: Measured): Promise<void> {
  const order = { rows: allRows.map(({ name }) => name), measured: new Set(results.map(({ row }) => row)) }
  const all = withFresh(await readEntries<Result>(resultsFile), results, order)
  const absent = withFresh(await readEntries<Absence>(absencesFile), absences, order)
  await writeEntries(resultsFile, all)
  await writeEntries(absencesFile, absent)
  await writeReport({ folder, rows: allRows, results: all, absences: absent })
}

function rowsOf(given: Given): readonly Row[] {
  const isWanted = ({ isQuick }: Row): boolean => isQuick || !given.flag('quick')
  if (given.positionals.length === 0) return allRows.filter(isWanted)
  const names = allRows.map(({ name }) => name)
  const unknown = given.positionals.filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw new CliError(
      unknown.map((name) => `there is no row ${name}; ${suggestion(name, names)}`),
      {
        remedy: `rows: ${names.join(', ')}`,
      },
    )
  return allRows.filter(({ name }) => given.positionals.includes(name))
}

function numberOf(given: Given, option: string, absent: number): number {
  const text = given.text(option)
  if (text === undefined) return absent
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new CliError([`--${option}: got "${text}", expected a whole number from 1`])
  return Number(text)
}
