import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { recordIn } from '../ended.ts'
import { untilUploading } from '../follow-clouds.ts'
import { followLog } from '../follow-log.ts'
import { cancelTaskRun, evictPod } from '../lifecycle.ts'
import { create, endOfTaskRun, getTaskRun, pushRun } from '../runs.ts'
import { putSource } from '../source.ts'
import { kubectl, skipWithoutTekton, stage, tagsOf, withFault } from '../stage.ts'

beforeEach(skipWithoutTekton)

const host = example.acrHost

/** A TaskRun that stands still in the middle of its upload, with its log followed, while `act` does something to it. */
async function whileUploading<T>(
  name: string,
  act: (run: { readonly name: string; readonly pod: string; readonly log: Promise<string> }) => Promise<T>,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<T> {
  const source = await putSource(`ending-${name}`)
  const repository = `endings/${name}`
  const rule = {
    standIn: 'acr',
    method: 'PUT',
    path: `/v2/${repository}/blobs/uploads/`,
    fault: { kind: 'stall' },
  } as const
  return await withFault(rule, async () => {
    const run = await create(pushRun({ image: `${host}/${repository}:1` }, source, spec))
    await untilUploading(repository)
    const pod = (await getTaskRun(run)).status?.podName ?? ''
    await using followed = await followLog(pod, 'step-push')
    return await act({ name: run, pod, log: followed.toRecord })
  })
}

test('a TaskRun whose pod is evicted fails with 143, never succeeds, and its record says cancelled', async () => {
  await whileUploading('evicted', async ({ name, pod, log }) => {
    await holdPod(pod)
    await evictPod(pod)
    const end = await endOfTaskRun(name)
    await releasePod(pod)
    expect(end).toMatchObject({ succeeded: false, steps: [{ name: 'push', exitCode: 143 }] })
    expect(recordIn(await log).data).toMatchObject({ outcome: 'cancelled', error: { code: 'CANCELLED' } })
  })
  expect(await tagsOf(host, 'endings/evicted')).toEqual({})
})

test.each<[what: string, name: string, spec: Readonly<Record<string, unknown>>, reason: string]>([
  ['is cancelled', 'cancelled', {}, 'TaskRunCancelled'],
  ['is over its time', 'late', { timeout: '25s' }, 'TaskRunTimeout'],
])(
  'of a TaskRun that %s Tekton keeps no result and says exit 1; who follows the log has the record',
  async (_, name, spec, reason) => {
    await whileUploading(
      name,
      async (run) => {
        if (name === 'cancelled') await cancelTaskRun(run.name)
        const end = await endOfTaskRun(run.name)
        expect(end).toMatchObject({ succeeded: false, reason, results: {}, steps: [{ name: 'push', exitCode: 1 }] })
        expect(recordIn(await run.log).data).toMatchObject({ outcome: 'cancelled', error: { code: 'CANCELLED' } })
      },
      spec,
    )
    expect(await tagsOf(host, `endings/${name}`)).toEqual({})
  },
)

test('a pod that is lost in the middle of a push is made again, and the run succeeds: two records, of two pods', async () => {
  const source = await putSource('ending-lost')
  const repository = 'endings/lost'
  const path = `/v2/${repository}/blobs/uploads/`
  const stalled = { standIn: 'acr', method: 'PUT', path, fault: { kind: 'stall' } } as const
  const run = await withFault(stalled, async () => {
    const name = await create(pushRun({ image: `${host}/${repository}:1` }, source))
    await untilUploading(repository)
    const pod = (await getTaskRun(name)).status?.podName ?? ''
    return { name, pod, uid: await uidOf(pod) }
  })
  // The first pod's upload still stands; that of the second one will not.
  await using followed = await followLog(run.pod, 'step-push')
  await kubectl().run(['delete', 'pod', run.pod, ...namespaced(), '--force', '--grace-period=0'])
  const first = recordIn(await followed.toRecord)
  const end = await endOfTaskRun(run.name)
  expect(end.succeeded, end.message).toBe(true)
  const second = recordIn(end.logs['step-push'] ?? '')
  expect(first.data).toMatchObject({ outcome: 'cancelled', pod: { uid: run.uid } })
  expect(second.data).toMatchObject({ outcome: 'ok', run: { taskRun: run.name } })
  expect(second.data.pod['uid']).not.toBe(run.uid)
  expect(second.id).not.toBe(first.id)
  expect(await tagsOf(host, repository)).toEqual({ 1: source.digest })
})

const namespaced = (): readonly string[] => ['-n', stage().namespaces.ci]

/** Keeps the pod until Tekton has looked at its end. A busy controller comes too late now and then, and takes the pod for lost: see below. */
async function holdPod(pod: string): Promise<void> {
  const patch = JSON.stringify({ metadata: { finalizers: ['tekton-entra.test/looked-at'] } })
  await kubectl().run(['patch', 'pod', pod, ...namespaced(), '--type=merge', '-p', patch])
}

async function releasePod(pod: string): Promise<void> {
  const patch = JSON.stringify([{ op: 'remove', path: '/metadata/finalizers' }])
  await kubectl().run(['patch', 'pod', pod, ...namespaced(), '--type=json', '-p', patch])
}

async function uidOf(pod: string): Promise<string> {
  return await kubectl().run(['get', 'pod', pod, ...namespaced(), '-o', 'jsonpath={.metadata.uid}'])
}
