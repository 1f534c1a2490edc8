import { mkdirSync, writeFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { median } from '../../../bench/statistics.ts'
import { root } from '../../../contract/repository.ts'
import { example } from '../../../sandbox/example-cloud.ts'
import { restrictedContainer } from '../../pods.ts'
import { waitForField } from '../ended.ts'
import type { KubernetesObject } from '../objects.ts'
import { create, endOfTaskRun, getTaskRun, pushRun } from '../runs.ts'
import { putSource } from '../source.ts'
import { kubectl, skipWithoutTekton, stage, tagsOf } from '../stage.ts'

// What is measured is written down, never asserted: a busy machine is no fault of the Task.
beforeEach(skipWithoutTekton)

const RUNS = 5
const AT_ONCE = 50

test('fifty TaskRuns at once all succeed on one small node', async () => {
  const source = await putSource('figures-herd')
  const started = performance.now()
  const names = await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, index) => {
      return await create(
        pushRun({ image: `${example.acrHost}/figures/herd:${index}`, 'propagation-wait': '20s' }, source),
      )
    }),
  )
  const ends: Awaited<ReturnType<typeof endOfTaskRun>>[] = []
  // One after the other: fifty programs that wait would be a load of their own.
  for (const name of names) ends.push(await endOfTaskRun(name, undefined, 900))
  writeFigures('herd', { runs: AT_ONCE, seconds: seconds(performance.now() - started) })
  expect(ends.filter(({ succeeded }) => !succeeded).map(({ name, message }) => `${name}: ${message}`)).toEqual([])
  expect(Object.keys(await tagsOf(example.acrHost, 'figures/herd'))).toHaveLength(AT_ONCE)
}, 1_200_000)

test('a push beside a TaskRun that does nothing, in turn', async () => {
  const pushes: Timed[] = []
  const empties: Timed[] = []
  for (let index = 0; index < RUNS; index += 1) {
    const source = await putSource(`figures-${index}`)
    pushes.push(await timed(pushRun({ image: `${example.acrHost}/figures/push:${index}` }, source)))
    empties.push(await timed(emptyRun()))
  }
  expect([pushes.length, empties.length]).toEqual([RUNS, RUNS])
  const [push, empty] = [median(pushes.map(({ ms }) => ms)), median(empties.map(({ ms }) => ms))]
  writeFigures('push', {
    runs: RUNS,
    pushSeconds: seconds(push),
    emptySeconds: seconds(empty),
    ratio: Number((push / empty).toFixed(2)),
    podStartSeconds: seconds(median(pushes.map(({ startMs }) => startMs))),
  })
}, 600_000)

/** A TaskRun of one step that ends at once, of the same image. */
function emptyRun(): KubernetesObject {
  const step = {
    name: 'nothing',
    image: stage().images.steps,
    command: ['/nodejs/bin/node', '-e', '0'],
    securityContext: restrictedContainer,
  }
  const metadata = { generateName: 'empty-' }
  return { apiVersion: 'tekton.dev/v1', kind: 'TaskRun', metadata, spec: { taskSpec: { steps: [step] } } }
}

type Timed = { readonly ms: number; readonly startMs: number }

/** From the moment that a TaskRun is asked for to its end, by this machine's clock; and to its step's start, by the kubelet's, in whole seconds. */
async function timed(object: KubernetesObject): Promise<Timed> {
  const [asked, started] = [Date.now(), performance.now()]
  const name = await create(object)
  await waitForField(kubectl(), {
    namespace: stage().namespaces.ci,
    object: `taskrun/${name}`,
    path: '{.status.completionTime}',
  })
  const ms = performance.now() - started
  const end = await endOfTaskRun(name)
  expect(end.succeeded, end.message).toBe(true)
  const { steps } = JSON.parse(JSON.stringify((await getTaskRun(name)).status)) as Steps
  return { ms, startMs: Date.parse(steps[0]?.terminated.startedAt ?? '') - asked }
}

type Steps = { readonly steps: readonly { readonly terminated: { readonly startedAt: string } }[] }

function seconds(milliseconds: number): number {
  return Number((milliseconds / 1000).toFixed(1))
}

function writeFigures(name: string, figures: object): void {
  const folder = `${root}/build/cluster-figures`
  mkdirSync(folder, { recursive: true })
  const text = JSON.stringify({ tekton: stage().tekton, ...figures })
  writeFileSync(`${folder}/${name}.json`, `${text}\n`)
  process.stdout.write(`figures  ${name}: ${text}\n`)
}
