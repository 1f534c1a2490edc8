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

/** Results or absences from a file; none where there is no such file. */
export async function readEntries<T extends Result | Absence>(file: string): Promise<readonly T[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '[]'
    throw error
  })
  return JSON.parse(text) as T[]
}

/** Writes them, one a line, so that a change shows. */
export async function writeEntries(file: string, entries: readonly (Result | Absence)[]): Promise<void> {
  const lines = entries.map((entry) => `  ${JSON.stringify(entry)}`)
  await writeFile(file, lines.length === 0 ? '[]\n' : `[\n${lines.join(',\n')}\n]\n`)
}

/** Entries with those of rows that were measured anew in the place of older ones, in the order of `rows`. */
export function withFresh<T extends Result | Absence>(
  older: readonly T[],
  fresh: readonly T[],
  { rows, measured }: { readonly rows: readonly string[]; readonly measured: ReadonlySet<string> },
): readonly T[] {
  const kept = [...older.filter(({ row }) => !measured.has(row)), ...fresh]
  return rows.flatMap((name) => kept.filter(({ row }) => row === name))
}
