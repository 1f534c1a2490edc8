import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Sample } from './statistics.ts'

/** A whole program, with exactly these variables. */
export type ProgramCall = {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Where its standard output goes; it is dropped unless it is wanted. */
  readonly stdout?: string
}

/** The system's own first: pyenv puts a shell script in its place. */
const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find(existsSync) ?? 'python3'

/** What stands before a program that is measured; its figures are in `file` afterwards. */
export function measuring(file: string): readonly string[] {
  return [python, '-S', '-E', fileURLToPath(new URL('./measure.py', import.meta.url)), file]
}

/** Runs programs one after the other, each to its end, and gives what they took together. Throws when one fails. */
export async function measure(calls: readonly ProgramCall[], folder: string): Promise<Sample> {
  const samples: Sample[] = []
  for (const call of calls) samples.push(await measureOne(call, folder))
  return together(samples)
}

async function measureOne(call: ProgramCall, folder: string): Promise<Sample> {
  const figures = join(folder, 'figures.json')
  const said = join(folder, 'said.txt')
  await using output = await open(call.stdout ?? '/dev/null', 'w')
  await using words = await open(said, 'w')
  const [program = '', ...args] = [...measuring(figures), ...call.argv]
  const child = spawn(program, args, { env: call.env, cwd: folder, stdio: ['ignore', output.fd, words.fd] })
  const [status] = (await once(child, 'exit')) as [number | null]
  if (status !== 0) {
    const last = (await readFile(said, 'utf8')).trim().split('\n').slice(-12).join('\n')
    throw new Error(`${call.argv.join(' ')} ended with ${String(status)}: ${last}`)
  }
  return await readSample(figures)
}

/** What `measuring` has left. */
export async function readSample(file: string): Promise<Sample> {
  const { wallMs, cpuMs, peakMb } = JSON.parse(await readFile(file, 'utf8')) as Sample
  return { wallMs, cpuMs, peakMb }
}

function together(samples: readonly Sample[]): Sample {
  return {
    wallMs: samples.reduce((sum, { wallMs }) => sum + wallMs, 0),
    cpuMs: samples.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    peakMb: Math.max(...samples.map(({ peakMb }) => peakMb)),
  }
}
