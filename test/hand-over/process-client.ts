import { spawn } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject } from 'vitest'
import { imageProgram } from '../../steps/lib/step/define-step.ts'
import { findLeaks } from '../sandbox/canary.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { recordsOf, type KeptRecord } from '../sandbox/sink/sink-state.ts'

/** How the program of a profile has ended. */
export type Answered = { readonly status: number | null; readonly stdout: string; readonly stderr: string }

/** What stands in a profile, as a reader of INI files has it. */
export async function commandLineOf(volume: string, header: string): Promise<string> {
  const sections = (await readFile(join(volume, 'aws/config'), 'utf8')).split(/^\[/m)
  const section = sections.find((text) => text.startsWith(`${header}]\n`)) ?? ''
  const [, line] = /^credential_process = (.*)$/m.exec(section) ?? []
  if (line === undefined) throw new Error(`no credential_process in [${header}]`)
  return line
}

/** What takes the place of the image's program on this machine. */
export function programHere(preloads: readonly string[] = []): readonly string[] {
  return [process.execPath, ...preloads.flatMap((file) => ['--import', file]), inject('stepProgram')]
}

/** Has every profile of a volume start the program of this machine, for clients that start it themselves. */
export async function startHere(volume: string): Promise<void> {
  const path = join(volume, 'aws/config')
  const text = await readFile(path, 'utf8')
  expect(text).toContain(`= ${imageProgram.join(' ')} `)
  await writeFile(path, text.replaceAll(imageProgram.join(' '), programHere().join(' ')))
}

/** What a client's container has. */
export type Surrounded = {
  readonly variables?: Readonly<Record<string, string>>
  readonly preloads?: readonly string[]
  /** Closed before the program has anything to say. */
  readonly deaf?: boolean
}

/** Starts the program by a profile's line, as a client does, in a container with these variables. Standard error must hold no secret. */
export async function askByLine(sandbox: Sandbox, line: string, around: Surrounded = {}): Promise<Answered> {
  const words = line.split(' ')
  expect(words.slice(0, 2)).toEqual(imageProgram)
  const [program = '', ...before] = programHere(around.preloads)
  const child = spawn(program, [...before, ...words.slice(2)], {
    env: { ...around.variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (around.deaf === true) child.stdout.destroy()
  const texts = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8')
    child[stream].on('data', (chunk: string) => (texts[stream] += chunk))
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  expect(findLeaks(sandbox.minted.all, [{ where: 'stderr', text: texts.stderr }])).toEqual([])
  return { status, ...texts }
}

/** The credential, in the form that AWS's clients take and no other; standard output holds nothing beside it. */
export function credentialOf({ status, stdout, stderr }: Answered): Readonly<Record<string, unknown>> {
  expect(status, stderr).toBe(0)
  expect(stderr).toBe('')
  expect(stdout).toMatch(/^\{[^\n]*\}\n$/)
  const credential = JSON.parse(stdout) as Readonly<Record<string, unknown>>
  expect(credential).toEqual({
    Version: 1,
    AccessKeyId: expect.stringMatching(/^ASIA/),
    SecretAccessKey: expect.any(String),
    SessionToken: expect.any(String),
    Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
  })
  return credential
}

/** What the sinks keep of the program, oldest first. */
export function handOutsOf(sandbox: Sandbox): readonly KeptRecord[] {
  return recordsOf(sandbox.world).filter(({ data }) => (data as { step: string }).step === 'hand-out-aws-session')
}
