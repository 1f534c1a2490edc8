import { expect, test } from 'vitest'
import { fileURLToPath } from 'node:url'
import { probe, taskOf } from '../../cluster/agreement/agreement-case.ts'
import type { Task, TaskSidecar } from '../../../steps/lib/catalog/task.ts'
import { placesOf } from './places.ts'
import { runTask, type LocalTaskRun } from './run-task.ts'

const program = [process.execPath, fileURLToPath(new URL('../../cluster/image/probe-main.ts', import.meta.url))]
const shared = { volumeMounts: [{ name: 'shared', mountPath: '/shared' }] }

async function run(task: Task, options: Partial<LocalTaskRun> = {}) {
  return await runTask({ task, program, mintToken: async () => 'minted', ...options })
}

function withSidecar(words: readonly string[], stepWords: readonly string[], more: Partial<TaskSidecar> = {}): Task {
  return taskOf('with-sidecar', {
    volumes: [{ name: 'shared', emptyDir: {} }],
    sidecars: [{ ...probe('helper', words, shared), ...more }],
    steps: [probe('only', stepWords, shared)],
  })
}

test('stops a sidecar after the last step, and keeps what it printed', async () => {
  const task = withSidecar(['env', 'X', 'write', '/shared/up', '', 'wait-for-end'], ['wait-for', '/shared/up'])
  const result = await run(task)
  expect(result).toMatchObject({ succeeded: true, sidecars: [{ name: 'helper', status: 0 }] })
  expect(result.sidecars[0]?.stdout).toBe('{"env":{"X":null}}\n')
  expect(placesOf(result)).toContainEqual({ where: 'standard output', text: '{"env":{"X":null}}\n' })
})

test('kills a sidecar that does not end in time', async () => {
  const stubborn = ['write', '/shared/up', '', 'ignore-end', 'wait-for', '/never']
  const result = await run(withSidecar(stubborn, ['wait-for', '/shared/up']), { graceMilliseconds: 200 })
  expect(result).toMatchObject({ succeeded: true, sidecars: [{ name: 'helper', status: 137 }] })
})

test('starts no step before the sidecar is ready', async () => {
  const command = ['/nodejs/bin/node', '/app/main.js', 'probe', 'wait-for', '/shared/ready']
  const task = withSidecar(
    ['wait-for', '/shared/asked', 'write', '/shared/ready', ''],
    ['file', 'ready', '/shared/ready'],
    {
      startupProbe: {
        exec: { command: ['/nodejs/bin/node', '/app/main.js', 'probe', 'write', '/shared/asked', ''] },
      },
      readinessProbe: { exec: { command } },
    },
  )
  const { steps } = await run(task)
  expect(steps[0]?.stdout).toBe('{"files":{"ready":""}}\n')
})

test('a startup probe that never succeeds costs the sidecar its life, and the steps run', async () => {
  const command = ['/nodejs/bin/node', '/app/main.js', 'probe', 'exit', '1']
  const task = withSidecar(['wait-for', '/never'], ['--', 'runs'], {
    startupProbe: { exec: { command }, periodSeconds: 0, failureThreshold: 2 },
  })
  expect(await run(task)).toMatchObject({ succeeded: true, sidecars: [{ status: 143 }], steps: [{ status: 0 }] })
})

test('passes a signal on to the step and stops the sidecar at the same moment', async () => {
  const words = ['write', '/shared/up', '', 'wait-for-end', 'write', '/shared/told', '']
  const task = withSidecar(words, ['wait-for', '/shared/up', 'wait-for-end', 'wait-for', '/shared/told', 'exit', '143'])
  let kill: (signal: NodeJS.Signals) => void = () => {}
  setTimeout(() => kill('SIGTERM'), 1500)
  const result = await run(task, { onSpawn: (own) => (kill = own) })
  expect(result).toMatchObject({ succeeded: false, steps: [{ status: 143 }], sidecars: [{ status: 0 }] })
})
