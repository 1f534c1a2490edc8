import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram } from '../../cluster/run-program.ts'
import { root } from '../../contract/repository.ts'
import { findTool, type Tool } from '../../foreign/tools.ts'
import type { Source } from '../inputs/source.ts'
import type { ProgramCall } from '../measure.ts'
import type { Sink } from '../sinks/sink.ts'

/** One push of one image to one place. */
export type PushJob = {
  readonly source: Source
  readonly sink: Pick<Sink, 'origin' | 'caPem'>
  readonly repository: string
  readonly tag: string
}

/** A program that pushes. */
export type PushTool = {
  readonly tool: string
  readonly takes: readonly Source['kind'][]
  /** Its path, or why there is none and how to get it. */
  readonly find: () => { readonly path: string } | { readonly absent: string }
  readonly version: (path: string) => Promise<string>
  /** Arguments, without the program; `home` is a folder of its own. */
  readonly args: (job: PushJob, home: string) => readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** One of the programs that test/foreign builds or finds. */
export function foreign(tool: Tool): PushTool['find'] {
  return () => {
    const path = findTool(tool)
    return path === undefined ? { absent: `no ${tool} here: .ci/run builds it from test/foreign/go.mod` } : { path }
  }
}

/** A program at the path that a variable names, else where `build/tools` has it. */
export function builtHere(variable: string, name: string, how: string): PushTool['find'] {
  return () => {
    const said = process.env[variable] ?? ''
    const path = said === '' ? join(root, 'build/tools', name) : said
    return existsSync(path) ? { path } : { absent: `no ${name} here: ${how}, or set ${variable}` }
  }
}

/** The first version number in what a program says of itself. */
export async function askVersion(argv: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runProgram(argv)
  return /\d+\.\d+[\w.+-]*/.exec(`${stdout}${stderr}`)?.[0] ?? 'unknown'
}

/** The push as a whole process, with an environment made from nothing. */
export async function pushCall(
  { args, env }: PushTool,
  path: string,
  { job, folder }: { job: PushJob; folder: string },
): Promise<ProgramCall> {
  const home = join(folder, 'home')
  await mkdir(home, { recursive: true })
  const ca = join(home, 'ca.crt')
  if (job.sink.caPem !== undefined) await writeFile(ca, job.sink.caPem)
  const trust: Record<string, string> = job.sink.caPem === undefined ? {} : { SSL_CERT_FILE: ca }
  return {
    argv: [path, ...args(job, home)],
    env: { PATH: '/usr/bin:/bin', HOME: home, DOCKER_CONFIG: home, ...trust, ...env },
  }
}

/** Where a client that has no scheme in its references pushes to. */
export function imageOf({ sink, repository, tag }: PushJob): string {
  return `${sink.origin.host}/${repository}:${tag}`
}
