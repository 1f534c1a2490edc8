import { readFile } from 'node:fs/promises'
import type { SandboxConfig } from '../../test/sandbox/config.ts'
import { readConfig } from '../../test/sandbox/config-file.ts'
import { exampleCloud } from '../../test/sandbox/example-cloud.ts'
import { CliError } from './cli-error.ts'

/** The state of the clouds that a file describes, or the example's. */
export async function readClouds(file: string | undefined): Promise<SandboxConfig> {
  if (file === undefined) return exampleCloud()
  const read = readConfig(file, await readTextFile(file))
  if ('config' in read) return read.config
  throw new CliError(read.faults, { remedy: 'npx tekton-entra sandbox --print-config shows a whole example' })
}

/** A file that the caller named. */
export async function readTextFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new CliError([`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`])
  }
}
