import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Task, TaskStep } from '../../steps/lib/catalog/task.ts'
import { readTask } from '../contract/repository.ts'
import { told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { askAws } from './ask.ts'
import { openBrokerDoor, type BrokerDoor } from './broker-door.ts'

let door: BrokerDoor
let folder: string
beforeAll(async () => {
  door = await openBrokerDoor()
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-webhook-'))
  const { namespace, serviceAccount } = example
  await writeFile(join(folder, 'azure-identity-token'), door.sandbox.mintToken({ namespace, serviceAccount }))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await door[Symbol.asyncDispose]()
})

const labels = { 'azure.workload.identity/use': 'true' }
const skipAks = 'azure.workload.identity/skip-containers'
const skipEks = 'eks.amazonaws.com/skip-containers'
const aksToken = '/var/run/secrets/azure/wi/token/azure-identity-token'
const eksToken = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token'

/** The Task's containers as a webhook changes them in the pod: a variable that is there, even blank, stays; the mount comes in any case. */
function changedBy(webhook: 'AKS' | 'EKS', annotations: Readonly<Record<string, string>> = {}): Task {
  const task = readTask('run-with-identity')
  const all: Readonly<Record<string, string>> = { ...task.metadata.annotations, ...annotations }
  const skipped = (all[webhook === 'AKS' ? skipAks : skipEks] ?? '').split(webhook === 'AKS' ? ';' : ',')
  const variables: Readonly<Record<string, string>> =
    webhook === 'AKS'
      ? { AZURE_CLIENT_ID: example.clientId, AZURE_TENANT_ID: example.tenantId, AZURE_FEDERATED_TOKEN_FILE: aksToken }
      : { AWS_ROLE_ARN: example.roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: eksToken }
  const change =
    (kind: 'step' | 'sidecar') =>
    <T extends TaskStep>(one: T): T => {
      if (skipped.includes(`${kind}-${one.name}`)) return one
      const known = new Set((one.env ?? []).map(({ name }) => name))
      const added = Object.entries(variables).filter(([name]) => !known.has(name))
      return {
        ...one,
        env: [...(one.env ?? []), ...added.map(([name, value]) => ({ name, value }))],
        volumeMounts: [
          ...(one.volumeMounts ?? []),
          {
            name: 'webhook-token',
            mountPath: webhook === 'AKS' ? aksToken.replace(/\/[^/]+$/, '') : eksToken.replace(/\/[^/]+$/, ''),
          },
        ],
      }
    }
  const { steps, sidecars = [], volumes = [], ...spec } = task.spec
  return {
    ...task,
    spec: {
      ...spec,
      volumes: [...volumes, { name: 'webhook-token', emptyDir: {} }],
      steps: steps.map(change('step')),
      sidecars: sidecars.map(change('sidecar')),
    },
  }
}

const mountsOf = (task: Task) =>
  task.spec.steps.find(({ name }) => name === 'run')?.volumeMounts?.map(({ mountPath }) => mountPath) ?? []

test('in a labelled pod the Task’s own annotation keeps the webhook’s token from the command', async () => {
  const task = changedBy('AKS')
  expect(mountsOf(task).filter((path) => path.startsWith('/var/run/secrets/azure'))).toEqual([])
  const run = await door.start({ run: { task, labels, volumeFolders: { 'webhook-token': folder } } })
  expect(run.env).toMatchObject({ AZURE_CLIENT_ID: '', AZURE_FEDERATED_TOKEN_FILE: '' })
  expect((await askAws(run)).status).toBe(200)
  await run.end()
})

test.each([
  ['AKS', labels, { [skipAks]: 'step-other' }, skipAks],
  ['AKS', labels, { [skipAks]: '' }, skipAks],
  ['EKS', {}, { [skipEks]: 'step-other' }, skipEks],
] as const)(
  'a pod of %s whose annotation does not name the command has its token there: the broker refuses, and the command does not run (%#)',
  async (cloud, podLabels, annotations, annotation) => {
    const task = changedBy(cloud, annotations)
    // So it would be: the variables are blank, and the token is there all the same.
    expect(mountsOf(task).some((path) => /azure|eks/.test(path))).toBe(true)
    const ended = await door.run({ run: { task, labels: podLabels, annotations } })
    expect(ended.succeeded).toBe(false)
    expect(told(ended.log.open, 'error')).toEqual(['BROKER_TOKEN_EXPOSED   open-identity'])
    expect(toldProse(ended.log.open, 'remedy')).toContain(`${annotation}: step-run`)
    expect(ended.steps[1]?.skipped).toBe(true)
    expect(ended.list).toEqual([])
  },
)
