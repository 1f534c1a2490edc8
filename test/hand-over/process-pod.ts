import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { sinks } from '../push-image/sinks.ts'
import { told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { HandOverDoor, HandOverResult, Params, Variation } from './front-door.ts'
import { askByLine, commandLineOf, type Answered, type Surrounded } from './process-client.ts'

/** The profile of the example with a sink, in the example's region. */
export const withSink = { 'record-sink': sinks.open, 'aws-region': example.region } as const

/** A pod whose first step has written profiles with our program; its volumes are there for the steps after it. */
export type ProcessPod = {
  readonly result: HandOverResult
  readonly volume: string
  /** Path of the settings of the profile `default`. */
  readonly settings: string
  /** The kubelet writes the token anew. */
  readonly renewToken: (expiresInSeconds: number) => Promise<void>
  /** A client asks for a session of a profile. */
  readonly ask: (header?: string, around?: Surrounded) => Promise<Answered>
  /** Somebody changes the settings. */
  readonly change: (from: string, to: string) => Promise<void>
}

/** Runs `write-aws-profile` with `credentials: process`, which must succeed. */
export async function openProcessPod(
  door: HandOverDoor,
  params: Params = {},
  profile: Variation['profile'] = withSink,
): Promise<ProcessPod> {
  const tokens = await door.volume()
  const result = await door.run('write-aws-profile', { credentials: 'process', ...params }, { profile, tokens })
  expect(result.step.status, result.step.stderr).toBe(0)
  const { volume } = result
  const settings = join(volume, 'aws/process-default.json')
  return {
    result,
    volume,
    settings,
    renewToken: async (expiresInSeconds) => {
      const { namespace, serviceAccount } = example
      await writeFile(join(tokens, 'token'), door.sandbox.mintToken({ namespace, serviceAccount, expiresInSeconds }))
    },
    ask: async (header = 'default', around = {}) =>
      await askByLine(door.sandbox, await commandLineOf(volume, header), around),
    change: async (from, to) => {
      const text = await readFile(settings, 'utf8')
      expect(text).toContain(from)
      await writeFile(settings, text.replace(from, to))
    },
  }
}

/** A refusal: nothing on standard output, and our error on standard error. */
export function expectNothing({ status, stdout, stderr }: Answered, code: ErrorCode, exit: number): void {
  expect(told(stderr, 'error')).toEqual([`${code}   hand-out-aws-session`])
  expect({ status, stdout }).toEqual({ status: exit, stdout: '' })
}
