import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { people } from '../../../await-approval/approval-cloud.ts'
import { image } from '../../../await-approval/approval-door.ts'
import {
  admitAuthors,
  approvalParams,
  authorAnnotation,
  furnishApprovals,
  startAsAda,
  untilSaid,
} from '../approvals.ts'
import { decide } from '../approver.ts'
import { recordIn } from '../ended.ts'
import type { KubernetesObject } from '../objects.ts'
import { endOfTaskRun, runOf, runTask } from '../runs.ts'
import { hasTekton, kubectl, skipWithoutTekton, stage } from '../stage.ts'

beforeEach(skipWithoutTekton)

let admitted: AsyncDisposable | undefined
beforeAll(async () => {
  if (!hasTekton()) return
  await furnishApprovals()
  admitted = await admitAuthors()
})
afterAll(async () => await admitted?.[Symbol.asyncDispose]())

const noPolicies = 'no MutatingAdmissionPolicy in this version of Kubernetes'
const asked = /tekton-entra approve (\S+)\n/

test('a run goes on when somebody else than its author has approved it, by the word of admission', async ({ skip }) => {
  if (admitted === undefined) skip(noPolicies)
  const { pipelineRun, taskRun } = await startAsAda()
  const word = await untilSaid(taskRun, asked)
  await decide('approve', word, 'ada')
  await untilSaid(taskRun, /(has started the)/)
  await decide('approve', word, 'grace')
  const end = await endOfTaskRun(taskRun)
  const log = end.logs['step-await'] ?? ''
  expect(end, log).toMatchObject({ succeeded: true, results: { approver: people.grace } })
  expect(recordIn(log)).toMatchObject({
    data: {
      action: {
        target: image,
        approval: { objectId: people.grace, author: people.ada, run: { kind: 'PipelineRun', name: pipelineRun } },
      },
    },
  })
})

test('an author who writes somebody else’s name into the run is stamped all the same, and cannot change it', async ({
  skip,
}) => {
  if (admitted === undefined) skip(noPolicies)
  const { ci } = stage().namespaces
  const { pipelineRun, taskRun } = await startAsAda({ [authorAnnotation]: people.grace })
  const run = await kubectl().get<KubernetesObject>([`pipelinerun/${pipelineRun}`, '-n', ci])
  expect(run?.metadata).toMatchObject({ annotations: { [authorAnnotation]: people.ada } })
  const forge = ['annotate', '--overwrite', `pipelinerun/${pipelineRun}`, `${authorAnnotation}=${people.grace}`]
  const { status, stderr } = await kubectl().try([...forge, '-n', ci, '--as', people.ada])
  expect(status).not.toBe(0)
  expect(stderr).toContain('cannot be changed')
  await decide('reject', await untilSaid(taskRun, asked), 'grace')
  const end = await endOfTaskRun(taskRun)
  expect(end).toMatchObject({ succeeded: false, steps: [{ name: 'await', exitCode: 77 }] })
  expect(end.logs['step-await']).toContain('APPROVAL_REJECTED')
})

test('a run that nobody vouches for is refused where four eyes are asked for', async () => {
  const end = await runTask(runOf('await-approval', approvalParams))
  expect(end).toMatchObject({ succeeded: false, steps: [{ name: 'await', exitCode: 77 }] })
  expect(end.logs['step-await']).toContain('APPROVAL_AUTHOR_UNKNOWN')
  expect(end.logs['step-await']).not.toMatch(asked)
})

test('a service account without the Role finds no run, and nothing is asked', async () => {
  const end = await runTask(runOf('await-approval', approvalParams, { serviceAccountName: 'intruder' }))
  expect(end).toMatchObject({ succeeded: false, steps: [{ name: 'await', exitCode: 77 }] })
  expect(end.logs['step-await']).toContain('KUBERNETES_DENIED')
})
