import { readFile, writeFile } from 'node:fs/promises'
import type { Figures } from './statistics.ts'

/** What one program took in one row against one sink. */
export type Result = {
  readonly row: string
  readonly tool: string
  readonly version: string
  /** What was written to; `''` where there is nothing of the kind. */
  readonly sink: string
  /** Of what machine the figures are. */
  readonly machine: string
} & Figures

/** A program that a row wanted and that was not there, or that could not do it. */
export type Absence = {
  readonly row: string
  readonly tool: string
  readonly sink: string
  readonly reason: string
}

/** How the product calls itself among the others. */
export const ours = 'tekton-entra'

/** Results from a file; none where there is no such file. */
export async function readResults(file: string): Promise<readonly Result[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '[]'
    throw error
  })
  return JSON.parse(text) as Result[]
}

/** Writes results, one a line, so that a change shows. */
export async function writeResults(file: string, results: readonly Result[]): Promise<void> {
  await writeFile(file, `[\n${results.map((result) => `  ${JSON.stringify(result)}`).join(',\n')}\n]\n`)
}

/** Results with those of fresh rows in the place of older ones, in the order of `rows`. */
export function withFresh(
  older: readonly Result[],
  fresh: readonly Result[],
  rows: readonly string[],
): readonly Result[] {
  const measured = new Set(fresh.map(({ row }) => row))
  const kept = [...older.filter(({ row }) => !measured.has(row)), ...fresh]
  return rows.flatMap((name) => kept.filter(({ row }) => row === name))
}
