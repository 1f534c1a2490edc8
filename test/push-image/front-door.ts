import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { readTask } from '../contract/repository.ts'
import { findLeaks } from '../sandbox/canary.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { closeWithoutCrashes } from '../sandbox/close-without-crashes.ts'
import { freshRequests } from '../sandbox/fresh-requests.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { placesOf } from '../sandbox/local-run/places.ts'
import { runTask, type LocalTaskResult, type LocalTaskRun } from '../sandbox/local-run/run-task.ts'
import type { StepExit } from '../sandbox/local-run/run-step.ts'
import type { MintTokenOptions } from '../sandbox/mint-token.ts'
import { writeSampleLayout, type SampleImage } from '../sandbox/sample-image.ts'
import { startSandbox, type Sandbox, type SandboxOptions } from '../sandbox/sandbox.ts'
import { keptBy } from '../sandbox/control/kept.ts'
import { parseRecord, type AuditRecord } from './record.ts'

/** How one run differs from the good one. */
export type Variation = {
  readonly params?: Readonly<Record<string, string | readonly string[]>>
  /** Keys laid over the identity profile; `undefined` takes one away. */
  readonly profile?: Readonly<Record<string, string | undefined>>
  readonly token?: Partial<MintTokenOptions>
  /** How the token for AWS itself differs (`aws-identity: cluster`). */
  readonly awsToken?: Partial<MintTokenOptions>
  /** The token file's text instead of a minted token. */
  readonly tokenText?: string
  readonly source?: string
  /** Further identity profiles by the names of their ConfigMaps. */
  readonly profiles?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly run?: Partial<LocalTaskRun>
}

export type FrontDoorResult = Pick<LocalTaskResult, 'succeeded' | 'results' | 'statusResults' | 'leftFiles'> & {
  readonly step: StepExit
  readonly record: AuditRecord
}

/** A run of a Task. */
export type TaskCall = Variation & { readonly task: string; readonly workspaces?: Readonly<Record<string, string>> }

/** The Task `push-image`, as its YAML wires the built step program, against a sandbox of its own. */
export type FrontDoor = {
  readonly sandbox: Sandbox
  /** Folder of a small image that the good run pushes, and its digest. */
  readonly source: string
  readonly digest: string
  /** Runs the Task; every run is searched for every secret that the sandbox has handed out. */
  push(image: string, variation?: Variation): Promise<FrontDoorResult>
  /** Runs another Task in the same way; a param is not given unless it stands there. */
  call(call: TaskCall): Promise<FrontDoorResult>
  /** Writes another image and gives its folder and digest. */
  layout(image: SampleImage): Promise<{ folder: string; digest: string }>
  /** What the stand-ins were asked since the last call: `entra POST /…/token 401 AADSTS700213`. */
  requests(): string[]
  [Symbol.asyncDispose](): Promise<void>
}

export const ecrImage = `${example.ecrHost}/${example.repository}:1.4.2`
export const acrImage = `${example.acrHost}/${example.repository}:1.4.2`

/** Opens a sandbox in the example's state, or another one. */
export async function openFrontDoor(
  config: SandboxConfig = exampleCloud(),
  options: SandboxOptions = {},
): Promise<FrontDoor> {
  const sandbox = await startSandbox(config, options)
  const scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-test-'))
  const layout = async (image: SampleImage) => {
    const folder = await mkdtemp(join(scratch, 'layout-'))
    return { folder, digest: await writeSampleLayout(folder, image) }
  }
  const good = await layout({ layers: [{ hello: 'hello\n' }, { data: Buffer.alloc(200_000, 'sample') }] })
  return {
    sandbox,
    source: good.folder,
    digest: good.digest,
    layout,
    push: async (image, variation = {}) =>
      await runOnce(sandbox, {
        ...variation,
        task: 'push-image',
        params: { image, ...variation.params },
        workspaces: { source: variation.source ?? good.folder },
      }),
    call: async (call) => await runOnce(sandbox, call),
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

async function runOnce(sandbox: Sandbox, call: TaskCall): Promise<FrontDoorResult> {
  const pod = { namespace: example.namespace, serviceAccount: example.serviceAccount }
  const workspaces = call.workspaces ?? {}
  const result = await runTask({
    task: readTask(call.task),
    params: { 'propagation-wait': '0s', ...call.params },
    workspaces,
    ...pod,
    name: 'push-web-x7k2p',
    pipelineRun: 'release-42',
    configMaps: { ...call.profiles, 'entra-identity': profile(sandbox, call.profile) },
    mintToken: async ({ audience, expirationSeconds }) => {
      const isForAws = audience === (call.params?.['aws-token-audience'] ?? 'sts.amazonaws.com')
      if (!isForAws && call.tokenText !== undefined) return call.tokenText
      const change = isForAws ? call.awsToken : call.token
      return sandbox.mintToken({ ...pod, audience, expiresInSeconds: expirationSeconds, ...change })
    },
    program: [process.execPath, inject('stepProgram')],
    ...call.run,
  })
  const step = result.steps[0]
  if (step === undefined) throw new Error('the Task ran no step')
  await refuseLeaks(sandbox, result, Object.values(workspaces))
  return { ...result, step, record: parseRecord(step.stdout) }
}

function profile(sandbox: Sandbox, changes: Variation['profile'] = {}): Record<string, string> {
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

/** Neither what the run has left, nor the workspace, nor the journal may hold a secret. */
async function refuseLeaks(sandbox: Sandbox, result: LocalTaskResult, workspaces: readonly string[]): Promise<void> {
  const leaks = findLeaks(sandbox.minted.all, [
    ...placesOf(result),
    { where: 'journal', text: JSON.stringify(sandbox.journal.entries) },
    { where: 'record sinks', text: JSON.stringify(keptBy(sandbox)) },
    ...(await Promise.all(workspaces.map(textsBelow))).flat(),
  ])
  if (leaks.length > 0) throw new Error(leaks.join('\n'))
}

async function textsBelow(folder: string): Promise<{ where: string; text: string }[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return await Promise.all(
    files.map(async (file) => ({ where: `workspace ${file}`, text: await readFile(file, 'latin1') })),
  )
}
