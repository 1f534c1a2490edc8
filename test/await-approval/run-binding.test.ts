import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programWith } from '../push-image/programs.ts'
import { expectEnd, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { WritableApi } from '../sandbox/kubernetes/writable-api.ts'
import { openApprovalDoor, type ApprovalDoor, type AskOptions, type Waiting } from './approval-door.ts'
import { people } from './approval-cloud.ts'

let approvals: ApprovalDoor
beforeAll(async () => {
  approvals = await openApprovalDoor()
})
afterAll(async () => await approvals[Symbol.asyncDispose]())

const { namespace } = example
const pods = `/api/v1/namespaces/${namespace}/pods`
const tekton = `/apis/tekton.dev/v1/namespaces/${namespace}`

/** Lays fields over an object of the run. */
function lay(api: WritableApi, path: string, fields: Record<string, unknown>): void {
  api.objects.set(path, { ...api.objects.get(path), ...fields })
}

test.each<[what: string, change: (api: WritableApi, run: Waiting['run']) => void, reason: RegExp]>([
  ['a pod that is not there', (api, { pod }) => void api.objects.delete(`${pods}/${pod}`), /Pod \S+ is not there/],
  [
    'a pod of the same name that is another one',
    (api, { pod }) => lay(api, `${pods}/${pod}`, { metadata: { name: pod, uid: randomUUID() } }),
    /has the uid/,
  ],
  [
    'a pod that nobody owns',
    (api, { pod }) => {
      const metadata = api.objects.get(`${pods}/${pod}`)?.['metadata'] as object
      lay(api, `${pods}/${pod}`, { metadata: { ...metadata, ownerReferences: [] } })
    },
    /belongs to no TaskRun/,
  ],
  [
    'a pod that claims a TaskRun whose own pod is another one',
    (api, { taskRun }) => lay(api, `${tekton}/taskruns/${taskRun}`, { status: { podName: 'the-real-pod' } }),
    /does not say in its status/,
  ],
  [
    'a TaskRun that claims a PipelineRun which does not know it',
    (api, { pipelineRun }) => lay(api, `${tekton}/pipelineruns/${pipelineRun}`, { status: { childReferences: [] } }),
    /does not say in its status/,
  ],
  [
    'a PipelineRun that was made anew under the same name',
    (api, { pipelineRun }) => lay(api, `${tekton}/pipelineruns/${pipelineRun}`, { metadata: { uid: randomUUID() } }),
    /has the uid/,
  ],
])('refuses %s, and asks nobody for approval', async (_what, change, reason) => {
  const result = await approvals.ask({ change }).ended
  expectEnd(result, 'KUBERNETES_RUN_UNKNOWN', 77)
  expect(toldProse(result.step.stderr, 'what')).toMatch(reason)
  expect(result.step.stderr).not.toContain('npx tekton-entra approve')
})

test('a TaskRun of no Pipeline is a run of its own', async () => {
  const change = (api: WritableApi, { taskRun }: Waiting['run']) => {
    const path = `${tekton}/taskruns/${taskRun}`
    const metadata = api.objects.get(path)?.['metadata'] as object
    lay(api, path, { metadata: { ...metadata, ownerReferences: [] } })
  }
  const { word, ended, run } = approvals.ask({ change })
  await approvals.answer('approve', await word, { as: 'ada' })
  const { record } = await ended
  expect(record.data.action).toMatchObject({ approval: { run: { kind: 'TaskRun', name: run.taskRun } } })
})

test('waits for Tekton to write down whose pod it is', async () => {
  let later = () => {}
  const change = (api: WritableApi, { taskRun, pod }: Waiting['run']) => {
    const path = `${tekton}/taskruns/${taskRun}`
    lay(api, path, { status: {} })
    later = () => lay(api, path, { status: { podName: pod } })
  }
  const { word, ended } = approvals.ask({ change })
  later()
  await approvals.answer('approve', await word, { as: 'ada' })
  expect((await ended).results).toMatchObject({ approver: people.ada })
})

test.each<[what: string, code: 'KUBERNETES_DENIED' | 'KUBERNETES_TOKEN_MISSING', exit: number, options: AskOptions]>([
  ['a service account without the Role', 'KUBERNETES_DENIED', 77, { token: { serviceAccount: 'default' } }],
  ['no API server', 'KUBERNETES_TOKEN_MISSING', 64, { run: { extraEnv: { KUBERNETES_SERVICE_HOST: '' } } }],
  ['no CA of it', 'KUBERNETES_TOKEN_MISSING', 64, { run: { extraEnv: { API_FOLDER: '/none' } } }],
])('says what is missing of %s', async (_what, code, exit, options) => {
  expectEnd(await approvals.ask(options).ended, code, exit)
})

test('looks again where the API server fails for a moment, and gives up where it goes on', async () => {
  approvals.api.failures.push(500, 503)
  const { word, ended } = approvals.ask({ run: programWith('fast-time', 'hurry') })
  await approvals.answer('reject', await word, { as: 'ada' })
  expectEnd(await ended, 'APPROVAL_REJECTED', 77)
  approvals.api.failures.push(...Array.from({ length: 6 }, () => 500))
  const failed = await approvals.ask({ run: programWith('fast-time', 'hurry') }).ended
  expectEnd(failed, 'KUBERNETES_UNAVAILABLE', 75)
  approvals.api.failures.splice(0)
})

test('gives up at once where what answers is no API server', async () => {
  approvals.api.failures.push(418)
  const result = await approvals.ask().ended
  expectEnd(result, 'KUBERNETES_REFUSED', 77)
  expect(result.step.stderr).not.toContain('npx tekton-entra approve')
})
