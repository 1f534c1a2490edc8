import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectEnd, only, told } from '../push-image/told.ts'
import { image, openApprovalDoor, place, type ApprovalDoor } from './approval-door.ts'
import { people } from './approval-cloud.ts'

let approvals: ApprovalDoor
beforeAll(async () => {
  approvals = await openApprovalDoor()
})
afterAll(async () => await approvals[Symbol.asyncDispose]())

const data = () => (approvals.api.objects.get(place)?.['data'] ?? {}) as Record<string, string>

test('goes on when somebody with the role has approved, and results and record say who, and what', async () => {
  approvals.api.asked.splice(0)
  approvals.door.requests()
  const { word, ended, run } = approvals.ask()
  const called = await approvals.answer('approve', await word, { as: 'ada' })
  expect(called.code, called.stderr).toBe(0)
  const { step, results, record } = await ended
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ approver: people.ada, run: run.uid })
  expect(record.data.action).toMatchObject({
    target: image,
    digest: image.replace(/^.*@/, ''),
    approval: {
      decision: 'approve',
      objectId: people.ada,
      roles: ['Release.Approve'],
      groups: [],
      run: { kind: 'PipelineRun', name: run.pipelineRun, uid: run.uid },
      request: createHash('sha256')
        .update(await word)
        .digest('hex'),
    },
  })
  expect(record.data.tokens.map(({ id }) => id)).toContain(results['token-id'])
  // The step writes nothing in the cluster, and needs no token of its own from Entra.
  const asked = approvals.api.asked.filter((one) => one.includes('system:serviceaccount'))
  expect(new Set(asked.map((one) => one.split(' ')[0]))).toEqual(new Set(['GET']))
  expect(only(approvals.door.requests(), /POST \S+token/)).toHaveLength(1)
})

test('shows the person what they decide on before they sign in, and does not ask Entra without a yes', async () => {
  const { word, ended, run } = approvals.ask()
  const called = await approvals.answer('approve', await word, { as: 'ada' })
  expect(told(called.stderr, 'image')).toEqual([image])
  expect(told(called.stderr, 'run')[0]).toContain(`${run.pipelineRun}, uid ${run.uid}`)
  await ended
})

test('what lies in the ConfigMap is sealed: nobody who reads it learns who has answered, or has their token', async () => {
  const { word, ended } = approvals.ask()
  await approvals.answer('approve', await word, { as: 'ada', args: [] })
  const [answer = ''] = Object.values(data()).slice(-1)
  const { results } = await ended
  expect(results).toMatchObject({ approver: people.ada })
  for (const secret of approvals.door.sandbox.minted.all) expect(answer).not.toContain(secret)
  expect(answer).not.toContain(people.ada)
  expect(Buffer.from(answer, 'base64url').toString('latin1')).not.toContain(people.ada)
})

test('a rejection ends the run, and the record says whose it was', async () => {
  const { word, ended } = approvals.ask()
  expect((await approvals.answer('reject', await word, { as: 'grace' })).code).toBe(0)
  const result = await ended
  expectEnd(result, 'APPROVAL_REJECTED', 77)
  expect(result.step.stderr).toContain(people.grace)
  expect(result.record.data.action).toMatchObject({ approval: { decision: 'reject', objectId: people.grace } })
})

test('nobody’s approval in time is none', async () => {
  const result = await approvals.ask({ params: { timeout: '3s' } }).ended
  expectEnd(result, 'APPROVAL_TIMED_OUT', 77)
  expect(result.record.data.action).not.toHaveProperty('approval')
})

test('passes over the answer of somebody without the role, to approve as to reject, and takes the next one', async () => {
  const { word, ended, said } = approvals.ask()
  await approvals.answer('reject', await word, { as: 'eve' })
  await said(/does not count: roles: got no role, expected/)
  await approvals.answer('approve', await word, { as: 'ada' })
  expect((await ended).results).toMatchObject({ approver: people.ada })
})

test('the wrong person alone does not make it, and the error says why', async () => {
  const { word, ended, said } = approvals.ask({ params: { timeout: '15s' } })
  await approvals.answer('approve', await word, { as: 'eve' })
  await said(/does not count/)
  const result = await ended
  expectEnd(result, 'APPROVAL_TIMED_OUT', 77)
  expect(result.step.stderr.replace(/\s+/g, ' ')).toContain('roles: got no role, expected Release.Approve as well')
})

test('clears answers away that nobody waits for any more, and leaves the others', async () => {
  const found = approvals.api.objects.get(place) ?? {}
  const old = { until: '2020-01-01T00:00:00Z', answer: 'x' }
  const young = { until: '2099-01-01T00:00:00Z', answer: 'y' }
  approvals.api.objects.set(place, { ...found, data: { old: JSON.stringify(old), young: JSON.stringify(young) } })
  const { word, ended } = approvals.ask()
  await approvals.answer('approve', await word, { as: 'ada' })
  await ended
  expect(Object.keys(data())).toContain('young')
  expect(Object.keys(data())).not.toContain('old')
})

test('--print gives the patch to somebody else to deliver, and touches no cluster', async () => {
  const { word, ended } = approvals.ask()
  approvals.api.asked.splice(0)
  const called = await approvals.answer('approve', await word, { as: 'ada', args: ['--print'] })
  expect(called.code, called.stderr).toBe(0)
  expect(approvals.api.asked.filter((one) => !one.includes('system:serviceaccount'))).toEqual([])
  const patch: { data: Record<string, string> } = JSON.parse(called.stdout)
  const found = approvals.api.objects.get(place) ?? {}
  approvals.api.objects.set(place, { ...found, data: { ...data(), ...patch.data } })
  expect((await ended).results).toMatchObject({ approver: people.ada })
})

test('tells the approver when Kubernetes does not let them write, and the run waits on', async () => {
  const { word, ended } = approvals.ask()
  const called = await approvals.answer('approve', await word, { as: 'ada', kubectlToken: 'stranger' })
  expect(called.code).toBe(75)
  expect(called.stderr).toContain('cannot get resource')
  await approvals.answer('approve', await word, { as: 'ada' })
  expect((await ended).results).toMatchObject({ approver: people.ada })
})
