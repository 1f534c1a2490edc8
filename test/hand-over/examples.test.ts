import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { ParamValue, Task, TaskStep } from '../../steps/lib/catalog/task.ts'
import { objectsOf } from '../contract/examples.ts'
import { findLeaks } from '../sandbox/canary.ts'
import { example } from '../sandbox/example-cloud.ts'
import { placesOf } from '../sandbox/local-run/places.ts'
import { runTask, type LocalTaskResult } from '../sandbox/local-run/run-task.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { startSandbox, type Sandbox } from '../sandbox/sandbox.ts'
import { cloudWithSinks } from '../push-image/sinks.ts'
import { otherAccountId, wideCloud } from './clouds.ts'
import { memory, profileOf } from './front-door.ts'
import { inlineStepActions } from './inline-steps.ts'
import { handOutsOf, programHere } from './process-client.ts'
import { withSink } from './process-pod.ts'

// The files that people copy, whole: our steps by their YAML, and for each tool a program that reads what that tool reads.
const { acrHost, ecrHost, repository } = example

let sandbox: Sandbox
let scratch: string
let workspace: string
beforeAll(async () => {
  sandbox = await startSandbox(cloudWithSinks(wideCloud()))
  scratch = await mkdtemp(join(memory, 'tekton-entra-examples-'))
  workspace = join(scratch, 'workspace')
  await mkdir(workspace)
  await writeFile(join(workspace, 'web-1.4.2.tgz'), 'a chart')
})
afterAll(async () => {
  await sandbox.close()
  await rm(scratch, { recursive: true, force: true })
  if (sandbox.crashes.length > 0) throw new AggregateError(sandbox.crashes, 'a stand-in crashed')
})

const words: Readonly<Record<string, string>> = { '/kaniko/executor': 'kaniko', '/bin/sh': 'sh' }

/** The tool as this machine has it, with the way to the clouds; a path within a text is one of the volume's folder. */
function withTool(step: TaskStep, volume: string): TaskStep {
  if (step.ref !== undefined) return step
  const [tool = ''] = step.command ?? []
  const wayOut = [
    { name: 'HTTPS_PROXY', value: sandbox.proxyUrl },
    { name: 'CLOUDS_CA', value: sandbox.caPem },
    { name: 'IMAGE_PROGRAM', value: programHere().join(' ') },
  ]
  return {
    ...step,
    command: ['/nodejs/bin/node', '/app/main.js', words[tool] ?? tool],
    args: (step.args ?? []).map((arg) => arg.replaceAll(' /var/run/tekton-entra/hand-over', ` ${volume}`)),
    env: [...(step.env ?? []), ...wayOut],
  }
}

type Run = { readonly spec: { readonly params?: readonly { readonly name: string; readonly value: ParamValue }[] } }

async function runExample(name: string, change: (text: string) => string = (text) => text): Promise<LocalTaskResult> {
  const objects = objectsOf(`examples/hand-over/${name}.yaml`)
  const written = objects.find(({ kind }) => kind === 'Task') as unknown as Task
  const run = objects.find(({ kind }) => kind === 'TaskRun') as unknown as Run
  const task = JSON.parse(change(JSON.stringify(written))) as Task
  const volume = await mkdtemp(join(scratch, 'volume-'))
  const steps = task.spec.steps.map((step) => withTool(step, volume))
  const pod = { namespace: example.namespace, serviceAccount: example.serviceAccount }
  const result = await runTask({
    task: inlineStepActions({ ...task, spec: { ...task.spec, steps } }),
    params: Object.fromEntries((run.spec.params ?? []).map((param) => [param.name, param.value])),
    workspaces: task.spec.workspaces === undefined ? {} : { source: workspace },
    volumeFolders: { 'hand-over': volume },
    ...pod,
    configMaps: { 'entra-identity': { ...profileOf(sandbox), ...withSink } },
    mintToken: async ({ audience }) => sandbox.mintToken({ ...pod, audience }),
    program: [process.execPath, join(import.meta.dirname, 'tool-or-step.ts'), inject('stepProgram')],
  })
  const leaks = findLeaks(sandbox.minted.all, placesOf(result))
  if (leaks.length > 0) throw new Error(leaks.join('\n'))
  return result
}

const said = ({ steps }: LocalTaskResult, name: string) => steps.find((step) => step.name === name)?.stdout.trim() ?? ''
const errors = ({ steps }: LocalTaskResult) => steps.map(({ stderr }) => stderr).join('\n')
const digestAt = (host: string, name: string, tag: string) =>
  repositoryState(sandbox.world, host, name).manifest(tag)?.digest

describe('examples/hand-over', () => {
  test('kaniko pushes to both, and trivy pulls that from both', async () => {
    const pushed = await runExample('kaniko')
    expect(pushed.succeeded, errors(pushed)).toBe(true)
    const [digest] = said(pushed, 'kaniko').split('\n')
    expect([acrHost, ecrHost].map((host) => digestAt(host, repository, '1.4.2'))).toEqual([digest, digest])
    const scanned = await runExample('scan')
    expect(scanned.succeeded, errors(scanned)).toBe(true)
    expect([said(scanned, 'scan-acr'), said(scanned, 'scan-ecr')]).toEqual([digest, digest])
  })

  test('a login for pulling pushes nothing', async () => {
    const pull = (text: string) =>
      text
        .replace('{"name":"registries"', '{"name":"access","value":"pull"},{"name":"registries"')
        .replaceAll('$(params.tag)', 'no-$(params.tag)')
    const result = await runExample('kaniko', pull)
    expect(result.succeeded).toBe(false)
    expect([acrHost, ecrHost].map((host) => digestAt(host, repository, 'no-1.4.2'))).toEqual([undefined, undefined])
  })

  test('buildah pushes to both', async () => {
    const result = await runExample('buildah')
    expect(result.succeeded, errors(result)).toBe(true)
    expect(digestAt(ecrHost, repository, '1.4.2')).toBe(said(result, 'push-to-ecr'))
  })

  test('helm pushes a chart', async () => {
    const result = await runExample('helm-chart')
    expect(result.succeeded, errors(result)).toBe(true)
    expect(digestAt(acrHost, 'charts/web', '1.4.2')).toBe(said(result, 'push'))
  })

  test('the AWS CLI acts in two accounts and three regions', async () => {
    const result = await runExample('aws-accounts')
    expect(result.succeeded, errors(result)).toBe(true)
    const all = ['shop', 'shop-us', 'reports'].map(
      (name) => JSON.parse(said(result, name)) as { Arn: string; region: string },
    )
    expect(all.map(({ Arn, region }) => [Arn.split(':')[4], region])).toEqual([
      [example.accountId, 'eu-central-1'],
      [example.accountId, 'us-east-1'],
      [otherAccountId, 'eu-west-1'],
    ])
  })

  test('the AWS CLI gets sessions of our program, each recorded', async () => {
    const result = await runExample('aws-long-job')
    expect(result.succeeded, errors(result)).toBe(true)
    const { Arn } = JSON.parse(said(result, 'job')) as { Arn: string }
    expect(Arn).toContain(':assumed-role/ci-push/')
    expect(handOutsOf(sandbox)).toMatchObject([{ data: { outcome: 'ok', action: { target: 'default' } } }])
  })

  test('kubectl is let in by both clusters', async () => {
    const result = await runExample('deploy')
    expect(result.succeeded, errors(result)).toBe(true)
    expect(said(result, 'on-azure')).toBe(example.principalId)
    expect(said(result, 'on-amazon')).toContain(':assumed-role/ci-push/')
  })

  test('Terraform logs in by the token itself', async () => {
    const result = await runExample('terraform')
    expect(result.succeeded, errors(result)).toBe(true)
    expect(said(result, 'plan')).toContain(`Logged in as ${example.clientId}`)
  })

  test('every file of the folder has been run here', async () => {
    const own = await readFile(import.meta.filename, 'utf8')
    const names = ['aws-accounts', 'aws-long-job', 'buildah', 'deploy', 'helm-chart', 'kaniko', 'scan', 'terraform']
    for (const name of names) expect(own).toContain(`runExample('${name}'`)
    const { readdir } = await import('node:fs/promises')
    const files = await readdir(join(import.meta.dirname, '../../examples/hand-over'))
    expect(files.filter((file) => file.endsWith('.yaml')).toSorted()).toEqual(names.map((name) => `${name}.yaml`))
  })
})
