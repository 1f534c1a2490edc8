import { lstat, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, inject } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { parseRecord, type AuditRecord } from '../push-image/record.ts'
import { told } from '../push-image/told.ts'
import { findLeaks } from '../sandbox/canary.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { closeWithoutCrashes } from '../sandbox/close-without-crashes.ts'
import { freshRequests } from '../sandbox/fresh-requests.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { placesOf } from '../sandbox/local-run/places.ts'
import { runTask, type LocalTaskResult, type LocalTaskRun } from '../sandbox/local-run/run-task.ts'
import type { StepExit } from '../sandbox/local-run/run-step.ts'
import type { MintTokenOptions } from '../sandbox/mint-token.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts'
import { taskAround, volumeParams } from './step-action-task.ts'

/** How one run differs from the good one. */
export type Variation = {
  /** Keys laid over the identity profile; `undefined` takes one away. */
  readonly profile?: Readonly<Record<string, string | undefined>>
  readonly token?: Partial<MintTokenOptions>
  /** How the token for AWS itself differs (`aws-identity: cluster`). */
  readonly awsToken?: Partial<MintTokenOptions>
  /** The hand-over volume; one of the door's own when it is absent. */
  readonly volume?: string
  /** An empty folder for the projected tokens, which outlives the run as a pod's volume does. */
  readonly tokens?: string
  readonly run?: Partial<LocalTaskRun>
}

export type Params = Readonly<Record<string, string | readonly string[]>>

export type HandOverResult = Pick<LocalTaskResult, 'succeeded' | 'results'> & {
  readonly step: StepExit
  readonly record: AuditRecord
  /** The hand-over volume. */
  readonly volume: string
}

/** The StepActions that hand over, as their YAML wires the built step programs, against a sandbox of their own. */
export type HandOverDoor = {
  readonly sandbox: Sandbox
  /** Runs a StepAction; what it leaves outside of the hand-over volume is searched for every secret that the sandbox has handed out. */
  run(stepAction: string, params?: Params, variation?: Variation): Promise<HandOverResult>
  /** Makes an empty folder on memory, as a pod's volume is. */
  volume(): Promise<string>
  /** What the stand-ins were asked since the last call. */
  requests(): string[]
  [Symbol.asyncDispose](): Promise<void>
}

/** A volume of `medium: Memory` is a tmpfs; Linux has one here. */
export const memory = process.platform === 'linux' ? '/dev/shm' : '/tmp'

/** Opens a sandbox in the example's state, or another one. */
export async function openHandOverDoor(
  config: SandboxConfig = exampleCloud(),
  options: SandboxOptions = {},
): Promise<HandOverDoor> {
  const sandbox = await startSandbox(config, options)
  const scratch = await mkdtemp(join(memory, 'tekton-entra-hand-over-'))
  const volume = async () => await mkdtemp(join(scratch, 'volume-'))
  return {
    sandbox,
    volume,
    run: async (stepAction, params = {}, variation = {}) =>
      await runOnce(sandbox, variation.volume ?? (await volume()), { stepAction, params, variation }),
    requests: freshRequests(sandbox),
    [Symbol.asyncDispose]: async () => {
      try {
        await closeWithoutCrashes(sandbox)
      } finally {
        await rm(scratch, { recursive: true, force: true })
      }
    },
  }
}

type Call = { readonly stepAction: string; readonly params: Params; readonly variation: Variation }

/** Runs a StepAction against a sandbox, and searches what it has left outside of the volume for every secret. */
export async function runOnce(
  sandbox: Sandbox,
  volume: string,
  { stepAction, params, variation }: Call,
): Promise<HandOverResult> {
  const pod = { namespace: example.namespace, serviceAccount: example.serviceAccount }
  await mkdir(volume, { recursive: true })
  const result = await runTask({
    task: taskAround(stepAction),
    params: { ...volumeParams, 'propagation-wait': '0s', ...params },
    volumeFolders: {
      'hand-over': volume,
      ...(variation.tokens === undefined ? {} : { 'entra-token': variation.tokens }),
    },
    ...pod,
    name: 'build-web-x7k2p',
    pipelineRun: 'release-42',
    configMaps: { 'entra-identity': profileOf(sandbox, variation.profile) },
    mintToken: async ({ audience, expirationSeconds }) => {
      const change = audience === 'sts.amazonaws.com' ? variation.awsToken : variation.token
      return sandbox.mintToken({ ...pod, audience, expiresInSeconds: expirationSeconds, ...change })
    },
    program: [process.execPath, inject('stepProgram')],
    ...variation.run,
  })
  const step = result.steps[0]
  if (step === undefined) throw new Error('the Task ran no step')
  const leaks = findLeaks(sandbox.minted.all, [
    ...placesOf(result),
    { where: 'journal', text: JSON.stringify(sandbox.journal.entries) },
  ])
  if (leaks.length > 0) throw new Error(leaks.join('\n'))
  return { succeeded: result.succeeded, results: result.results, step, record: parseRecord(step.stdout), volume }
}

/** The identity profile of the example, which reaches the sandbox. */
export function profileOf(sandbox: Sandbox, changes: Variation['profile'] = {}): Record<string, string> {
  const keys = {
    'tenant-id': example.tenantId,
    'client-id': example.clientId,
    'aws-role-arn': example.roleArn,
    'aws-token-resource': example.awsTokenResource,
    'https-proxy': sandbox.proxyUrl,
    'ca.crt': `${sandbox.caPem}\n`,
    ...changes,
  }
  return Object.fromEntries(Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

/** Every file and folder below, with its mode. */
export async function contentsOf(folder: string): Promise<Readonly<Record<string, { mode: string; text: string }>>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const found = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      const stat = await lstat(path)
      const text = stat.isFile() ? await readFile(path, 'utf8') : ''
      return [path.slice(folder.length + 1), { mode: (stat.mode & 0o777).toString(8), text }] as const
    }),
  )
  return Object.fromEntries(found)
}

/** What a failed run must look like: standard error, exit status, record and results agree, and the volume holds what `left` says. */
export async function expectRefused(
  { step, record, results, volume }: HandOverResult,
  code: ErrorCode,
  { exit, left = [] }: { readonly exit: number; readonly left?: readonly string[] },
): Promise<void> {
  expect(told(step.stderr, 'error').map((text) => text.split(' ')[0])).toEqual([code])
  expect({ exit: step.programStatus, code: record.data.error?.code }).toEqual({ exit, code })
  expect(record.data.outcome).not.toBe('ok')
  expect(results).toEqual({})
  expect(told(step.stderr, 'what').concat(told(step.stderr, 'remedy')).join('\n')).not.toMatch(/<[a-z][a-z -]*>/)
  expect(Object.keys(await contentsOf(volume)).toSorted()).toEqual(left)
}
