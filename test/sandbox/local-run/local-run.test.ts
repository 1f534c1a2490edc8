import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Task } from '../../../steps/lib/catalog/task.ts'
import { taskOf as smallTask } from '../../cluster/agreement/agreement-case.ts'
import { UnsupportedTask } from './refusal.ts'
import { runTask, type LocalTaskRun } from './run-task.ts'

let folder: string
let program: string[]

/** A step program that writes its variables and arguments where its results go. */
const echo = `
import { writeFileSync } from 'node:fs'
const { RESULT_OUT, ...env } = process.env
writeFileSync(RESULT_OUT, JSON.stringify({ env, args: process.argv.slice(2) }))
process.exitCode = Number(process.env.STATUS ?? 0)
`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-local-'))
  await writeFile(join(folder, 'echo.mjs'), echo)
  await chmod(folder, 0o755)
  program = [process.execPath, join(folder, 'echo.mjs')]
})
afterAll(async () => await rm(folder, { recursive: true }))

const step = {
  name: 'echo',
  image: 'x',
  command: ['/nodejs/bin/node', '/app/main.js', 'echo'],
  args: ['--list', '$(params.list[*])'],
  results: [{ name: 'out' }],
  env: [
    { name: 'RESULT_OUT', value: '$(step.results.out.path)' },
    { name: 'TEXT', value: 'a $(params.text) b' },
  ],
}

function taskOf(spec: Record<string, unknown> = {}, stepChange: Record<string, unknown> = {}): Task {
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata: { name: 'echo' },
    spec: {
      params: [
        { name: 'text', default: 'dflt' },
        { name: 'list', type: 'array', default: [] },
      ],
      results: [{ name: 'out', value: '$(steps.echo.results.out)' }],
      ...spec,
      steps: [{ ...step, ...stepChange }],
    },
  }
}

async function run(task: Task, options: Partial<LocalTaskRun> = {}) {
  const result = await runTask({ task, program, mintToken: async () => 'minted', ...options })
  const out = result.results['out']
  return {
    ...result,
    seen: out === undefined ? undefined : (JSON.parse(out) as { env: Record<string, string>; args: string[] }),
  }
}

test('gives defaults, params and lists as Tekton does', async () => {
  const { seen } = await run(taskOf(), { params: { text: 'given', list: ['one', 'two words', ''] } })
  expect(seen?.env['TEXT']).toBe('a given b')
  expect(seen?.args).toEqual(['echo', '--list', 'one', 'two words', ''])
})

test('an empty list gives no argument, a missing param its default', async () => {
  const { seen } = await run(taskOf())
  expect(seen?.args).toEqual(['echo', '--list'])
  expect(seen?.env['TEXT']).toBe('a dflt b')
})

test('changes $$ and $(NAME) in variables as Kubernetes does, and leaves what is unknown', async () => {
  const env = [...step.env, { name: 'MORE', value: '$$(TEXT) $(TEXT) $(NOBODY) $$5' }]
  const { seen } = await run(taskOf({}, { env }))
  expect(seen?.env['MORE']).toBe('$(TEXT) a dflt b $(NOBODY) $5')
})

test('the environment holds what the step declares and nothing of this machine', async () => {
  const { seen } = await run(taskOf())
  expect(Object.keys(seen?.env ?? {})).toEqual(['TEXT'])
})

test('an optional ConfigMap key that is absent leaves the variable unset; a required one refuses', async () => {
  const key = (optional: boolean) => ({
    name: 'KEY',
    valueFrom: { configMapKeyRef: { name: '$(params.text)', key: 'k', optional } },
  })
  const absent = await run(taskOf({}, { env: [...step.env, key(true)] }))
  expect(absent.seen?.env).not.toHaveProperty('KEY')
  const there = await run(taskOf({}, { env: [...step.env, key(false)] }), { configMaps: { dflt: { k: 'v\n' } } })
  expect(there.seen?.env['KEY']).toBe('v\n')
  await expect(run(taskOf({}, { env: [...step.env, key(false)] }))).rejects.toThrow(/the key k of the ConfigMap/)
})

test('drops params that the Task does not declare without a word, as Tekton does', async () => {
  expect((await run(taskOf(), { params: { txt: 'x' } })).succeeded).toBe(true)
})

test('drops the results of a run that failed, though its TaskRun shows them', async () => {
  const failed = await run(taskOf({}, { env: [...step.env, { name: 'STATUS', value: '3' }] }))
  expect(failed).toMatchObject({ succeeded: false, steps: [{ status: 3, failed: true }] })
  expect(failed.results).toEqual({})
  expect(Object.keys(failed.statusResults)).toEqual(['out'])
})

test('lays the projected token out as the kubelet does and maps its mount path', async () => {
  const volumes = [
    {
      name: 'tok',
      projected: { sources: [{ serviceAccountToken: { audience: 'aud-$(params.text)', path: 'token' } }] },
    },
  ]
  const asked: unknown[] = []
  const { seen } = await run(
    taskOf(
      { volumes },
      {
        volumeMounts: [{ name: 'tok', mountPath: '/var/tok' }],
        env: [...step.env, { name: 'TOKEN_FILE', value: '/var/tok/token' }],
      },
    ),
    {
      mintToken: async (request) => {
        asked.push(request)
        return 'minted'
      },
    },
  )
  expect(asked).toEqual([{ audience: 'aud-dflt', expirationSeconds: 3600 }])
  expect(seen?.env['TOKEN_FILE']).toMatch(/volumes\/tok\/token$/)
})

test.each([
  ['a script', { script: 'echo' }, {}, 'spec.steps[0].script'],
  ['a list as a result', { results: [{ name: 'out', type: 'array' }] }, {}, 'spec.steps[0].results[0].type'],
  ['a StepAction', { ref: { name: 'x' } }, {}, 'spec.steps[0].ref'],
  [
    'a Secret as a variable',
    { env: [{ name: 'X', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] },
    {},
    'spec.steps[0].env[0].valueFrom.secretKeyRef',
  ],
  ['a sidecar with a lifecycle', {}, { sidecars: [{ name: 's', lifecycle: {} }] }, 'spec.sidecars[0].lifecycle'],
  ['a stepTemplate', {}, { stepTemplate: {} }, 'spec.stepTemplate'],
  ['a host path', {}, { volumes: [{ name: 'h', hostPath: { path: '/' } }] }, 'spec.volumes[0].hostPath'],
])('refuses %s by its path, before anything is started', async (_, stepChange, spec, path) => {
  await expect(run(taskOf(spec, stepChange))).rejects.toThrow(UnsupportedTask)
  await expect(run(taskOf(spec, stepChange))).rejects.toThrow(path)
})

test('refuses a program that is not of our image', async () => {
  await expect(run(taskOf({}, { command: ['/bin/sh', '-c', 'true'] }))).rejects.toThrow(
    'only the programs of our own step image',
  )
})

test('names every param and workspace that does not fit, at once', async () => {
  const params = [{ name: 'need' }, { name: 'text', default: '' }, { name: 'list', type: 'array' }]
  const task = taskOf({ params, workspaces: [{ name: 'src' }] })
  await expect(run(task, { params: { list: 'text' } })).rejects.toThrow(
    /"need" has no value.*"list" must be a list.*workspace "src" is not bound/s,
  )
})

test('runs what stands for the command of an image that is not ours, and refuses one that it does not know', async () => {
  const task = smallTask('other-image', {
    steps: [{ name: 'echo', image: 'users/echo:1', command: ['users-echo', 'first'], args: ['second'], env: [] }],
  })
  const file = join(folder, 'users-echo.mjs')
  await writeFile(file, 'process.stdout.write(JSON.stringify(process.argv.slice(2)))')
  const options = { program, mintToken: async () => 'minted' }
  const { steps } = await runTask({ task, ...options, commands: { 'users-echo': [process.execPath, file] } })
  expect(steps[0]?.stdout).toBe('["first","second"]')
  await expect(runTask({ task, ...options })).rejects.toThrow(UnsupportedTask)
})
