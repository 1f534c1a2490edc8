import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { CliError } from '../cli-error.ts'

/** A file's text, under the name that the caller knows it by. */
export type SourceFile = { readonly name: string; readonly text: string }

/** How standard input is called in findings. */
const stdinName = '<stdin>'

/** Folders that hold nothing of the user's own. */
const leftOut = new Set(['.git', 'node_modules'])

/**
 * Reads what the caller named: files as they are, folders with all YAML below them that speaks of Tekton, `-` for standard input. Throws
 * CliError with everything that cannot be read.
 */
export async function readFiles(
  names: readonly string[],
  stdin: NodeJS.ReadableStream,
): Promise<readonly SourceFile[]> {
  const faults: string[] = []
  const read = new Map<string, string>()
  for (const name of new Set(names)) {
    try {
      if (name === '-') read.set(stdinName, await text(stdin))
      else for (const file of await filesIn(name)) await readOne(file, file !== name, read)
    } catch (error) {
      faults.push(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  if (faults.length > 0) throw new CliError(faults, { remedy: 'npx tekton-entra lint --help' })
  return [...read].map(([name, content]) => ({ name, text: content }))
}

/** Text that is no Tekton object is not parsed when nobody has named its file. */
async function readOne(file: string, isFoundBelow: boolean, read: Map<string, string>): Promise<void> {
  if (read.has(file)) return
  const content = await readFile(file, 'utf8')
  if (!isFoundBelow || content.includes('tekton.dev/')) read.set(file, content)
}

async function filesIn(name: string): Promise<readonly string[]> {
  if (!(await stat(name)).isDirectory()) return [name]
  const entries = await readdir(name, { withFileTypes: true })
  const found: string[] = []
  for (const entry of entries.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const path = join(name, entry.name)
    if (entry.isDirectory()) found.push(...(leftOut.has(entry.name) ? [] : await filesIn(path)))
    else if (entry.isFile() && /\.ya?ml$/.test(entry.name)) found.push(path)
  }
  return found
}
