import { createHash } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import type { KeptRecord } from '../../../sandbox/sink/sink-state.ts'
import { suite } from '../clouds.ts'
import { recordIn } from '../ended.ts'
import { untilUploading } from '../follow-clouds.ts'
import { cancelTaskRun, evictPod } from '../lifecycle.ts'
import { identities, putProfiles, recordsOf } from '../recorded.ts'
import { create, endOfTaskRun, getTaskRun, pushRun, runTask } from '../runs.ts'
import { putSource } from '../source.ts'
import { skipWithoutTekton, tagsOf, withFault } from '../stage.ts'

beforeEach(skipWithoutTekton)

const host = example.acrHost
test('the record of a TaskRun is at the sink, with the hash that its result names', async () => {
  await putProfiles()
  const source = await putSource('records')
  const image = `${host}/records/ok:1`
  const end = await runTask(pushRun({ image, identity: identities.open }, source))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  const [kept, ...others] = await recordsOf(end.name)
  expect(others).toEqual([])
  const printed = recordIn(end.logs['step-push'] ?? '')
  expect(kept?.data).toMatchObject({ outcome: 'ok', action: { target: image } })
  expect(end.results['record']).toBe(`${printed.id} sha256:${sha256(kept?.body ?? '')}`)
})

test('the record of a refused TaskRun is at the sink', async () => {
  await putProfiles()
  const source = await putSource('records-refused')
  const run = pushRun({ image: `${host}/records/refused:1`, identity: identities.open }, source, {
    serviceAccountName: 'intruder',
  })
  const end = await runTask(run)
  expect(end).toMatchObject({ succeeded: false, steps: [{ exitCode: 77 }] })
  expect(await recordsOf(end.name)).toMatchObject([{ data: { outcome: 'refused' } }])
})

test.each([
  ['cancelled, with a sink that asks for no token', 'cancelled', identities.open, {}, '', 'TaskRunCancelled'],
  [
    'cancelled, with a sink that asks for one',
    'cancelled-token',
    identities.guarded,
    {},
    example.principalId,
    'TaskRunCancelled',
  ],
  ['over its time', 'late', identities.guarded, { timeout: '25s' }, example.principalId, 'TaskRunTimeout'],
] as const)(
  'of a TaskRun that is %s Tekton keeps nothing, and the sink has the record',
  async (_what, name, identity, spec, writer, reason) => {
    const run = await whileUploading(name, identity, spec, async ({ name: taskRun }) => {
      if (reason === 'TaskRunCancelled') await cancelTaskRun(taskRun)
      const end = await endOfTaskRun(taskRun)
      expect(end).toMatchObject({ succeeded: false, reason, results: {} })
    })
    const kept = await untilRecorded(run)
    expect(kept).toMatchObject({ writer, data: { outcome: 'cancelled', error: { code: 'CANCELLED' } } })
    expect(await tagsOf(host, `records/${name}`)).toEqual({})
  },
)

test('of a TaskRun whose pod is evicted the sink has the record, also when Tekton makes another pod', async () => {
  const run = await whileUploading('evicted', identities.open, {}, async ({ pod }) => await evictPod(pod))
  expect(await untilRecorded(run)).toMatchObject({ data: { outcome: 'cancelled' } })
  await endOfTaskRun(run)
})

test('a TaskRun whose record the sink does not take fails with 75, and has no result', async () => {
  await putProfiles()
  const source = await putSource('records-lost')
  const down = {
    standIn: 'sink',
    path: suite.fullSinkPath,
    fault: { kind: 'status', status: 503, retryAfter: 600 },
  } as const
  await withFault(down, async () => {
    const end = await runTask(pushRun({ image: `${host}/records/lost:1`, identity: 'recorded-nowhere' }, source))
    expect(end).toMatchObject({ succeeded: false, results: {}, steps: [{ exitCode: 75 }] })
    const { data } = recordIn(end.logs['step-push'] ?? '')
    expect(data).toMatchObject({ outcome: 'failed', error: { code: 'RECORD_NOT_DELIVERED' } })
    expect(await recordsOf(end.name)).toEqual([])
  })
})

/** A TaskRun that stands still in the middle of its upload while `act` does something to it; gives its name. */
async function whileUploading(
  name: string,
  identity: string,
  spec: Readonly<Record<string, unknown>>,
  act: (run: { readonly name: string; readonly pod: string }) => Promise<void>,
): Promise<string> {
  await putProfiles()
  const source = await putSource(`record-${name}`)
  const repository = `records/${name}`
  const path = `/v2/${repository}/blobs/uploads/`
  const stalled = { standIn: 'acr', method: 'PUT', path, fault: { kind: 'stall' } } as const
  return await withFault(stalled, async () => {
    const run = await create(pushRun({ image: `${host}/${repository}:1`, identity }, source, spec))
    await untilUploading(repository)
    await act({ name: run, pod: (await getTaskRun(run)).status?.podName ?? '' })
    return run
  })
}

/** The first record of a TaskRun. It comes within Tekton's 30 s after SIGTERM, which may be later than Tekton's own word. */
async function untilRecorded(taskRun: string): Promise<KeptRecord | undefined> {
  const patience = AbortSignal.timeout(60_000)
  for (;;) {
    const [kept] = await recordsOf(taskRun)
    if (kept !== undefined || patience.aborted) return kept
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
