import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { KeptRecord } from '../../../sandbox/sink/sink-state.ts'
import { recordIn } from '../ended.ts'
import { followLog } from '../follow-log.ts'
import { cancelTaskRun, evictPod } from '../lifecycle.ts'
import { identities, putProfiles, recordsOf } from '../recorded.ts'
import { create, endOfTaskRun, getTaskRun, runOf, runTask, type TaskRunEnd } from '../runs.ts'
import { kubectl, skipWithoutTekton, stage } from '../stage.ts'
import { putWayOut } from '../way-out.ts'

beforeEach(skipWithoutTekton)

beforeAll(async () => {
  if ('no' in stage() || stage().tekton === undefined) return
  await putProfiles()
})

const vault = 'https://vault.azure.net'

/** Functions of a command: it asks as the SDKs do, and prints nothing of what is secret. */
const asking = `
const { readFileSync, writeFileSync, existsSync } = require('node:fs')
const env = process.env
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const told = async (answer) => {
  const body = await answer.json()
  return { status: answer.status, code: body.Code ?? '', id: body.AccessKeyId ?? '', resource: body.resource ?? '' }
}
const aws = async () => {
  const authorization = readFileSync(env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, 'utf8')
  return await told(await fetch(env.AWS_CONTAINER_CREDENTIALS_FULL_URI, { headers: { authorization } }))
}
const azure = async (resource) => {
  const query = new URLSearchParams({ 'api-version': '2019-08-01', resource })
  const headers = { 'x-identity-header': env.IDENTITY_HEADER }
  return await told(await fetch(env.IDENTITY_ENDPOINT + '?' + query, { headers }))
}
const print = (value) => console.log(JSON.stringify(value))
`

/** A TaskRun whose command is a piece of JavaScript in an image that is not ours. */
function runOfCommand(script: string, params: Readonly<Record<string, string | readonly string[]>> = {}, spec = {}) {
  return runOf(
    'run-with-identity',
    {
      image: stage().images.suite,
      command: ['/nodejs/bin/node'],
      args: ['-e', `${asking};(async () => {${script}})()`],
      identity: identities.open,
      'aws-region': 'eu-central-1',
      'azure-resources': [vault],
      ...params,
    },
    spec,
  )
}

/** The lines of JSON that a command has printed. */
const printed = (end: TaskRunEnd): readonly unknown[] =>
  (end.logs['step-run'] ?? '')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): unknown => JSON.parse(line))

const stepOf = (record: KeptRecord) => (record.data as { readonly step: string }).step
const handOutsOf = async (run: string) => (await recordsOf(run)).filter((one) => stepOf(one) === 'hand-out-identity')

/** The broker's own record at the sink. It may come up to 30 s after SIGTERM. */
async function untilSealed(run: string): Promise<KeptRecord | undefined> {
  const patience = AbortSignal.timeout(90_000)
  for (;;) {
    const found = (await recordsOf(run)).find((one) => stepOf(one) === 'run-with-identity')
    if (found !== undefined || patience.aborted) return found
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
}

/** Whether the containers of a pod mount a projected token, by their names. */
async function mountsToken(pod: string): Promise<Readonly<Record<string, boolean>>> {
  type Pod = {
    readonly spec: {
      readonly containers: readonly {
        readonly name: string
        readonly volumeMounts?: readonly { readonly name: string }[]
      }[]
    }
  }
  const found = await kubectl().get<Pod>([`pod/${pod}`, '-n', stage().namespaces.ci])
  const entries = found?.spec.containers ?? []
  const has = (volume: string, mounts: readonly { readonly name: string }[] = []) =>
    mounts.some(({ name }) => name === volume)
  return Object.fromEntries(entries.map(({ name, volumeMounts }) => [name, has('tekton-entra-token', volumeMounts)]))
}

test('a command in another image is handed AWS and Azure, and all of it is at the sink', async () => {
  const end = await runTask(
    runOfCommand(`
      print(await aws())
      print(await azure('${vault}'))
      print(await azure('https://management.azure.com'))
      print({ blank: env.AZURE_FEDERATED_TOKEN_FILE + env.AWS_ROLE_ARN + env.AWS_ACCESS_KEY_ID })
      print({ token: existsSync('/var/run/secrets/kubernetes.io/serviceaccount/token') })
      print({ home: (writeFileSync(env.HOME + '/x', 'x'), existsSync(env.HOME + '/x')) })
    `),
  )
  expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
  expect(printed(end)).toEqual([
    { status: 200, code: '', id: expect.stringMatching(/^ASIA/), resource: '' },
    { status: 200, code: '', id: '', resource: vault },
    { status: 403, code: 'BROKER_RESOURCE_NOT_ALLOWED', id: '', resource: '' },
    { blank: '' },
    { token: false },
    { home: true },
  ])
  const kept = await handOutsOf(end.name)
  expect(kept).toHaveLength(2)
  const broker = await untilSealed(end.name)
  expect(broker?.data).toMatchObject({ outcome: 'ok', action: { exitCode: 0, handOuts: { count: 2 } } })
  expect(end.results).toMatchObject({ 'hand-outs': '2', 'broker-record': broker?.attributes['id'] })
  // The broker has ended by itself, so its log is there, with the same record.
  expect(end.logs['sidecar-broker']).toContain(`${broker?.body}\n`)
  expect(await mountsToken(end.pod)).toEqual({
    'step-open': false,
    'step-run': false,
    'step-seal': false,
    'sidecar-broker': true,
  })
})

describe('the exit status of the command is the run’s, and the record is sealed', () => {
  test.each<[what: string, script: string, exit: number, recorded: number]>([
    ['3', 'await aws(); process.exit(3)', 3, 3],
    ['SIGKILL', "await aws(); process.kill(process.pid, 'SIGKILL')", 255, -1],
  ])('%s', async (_what, script, exit, recorded) => {
    const end = await runTask(runOfCommand(script))
    expect(end.succeeded).toBe(false)
    expect(end.steps.find(({ name }) => name === 'seal')).toMatchObject({ exitCode: exit })
    const broker = await untilSealed(end.name)
    expect(broker?.data).toMatchObject({ outcome: 'ok', action: { exitCode: recorded, handOuts: { count: 1 } } })
  })

  test('a command without memory', async () => {
    const limits = { limits: { memory: '96Mi' }, requests: { memory: '64Mi' } }
    const spec = { stepSpecs: [{ name: 'run', computeResources: limits }] }
    const script = 'await aws(); const held = []; for (;;) held.push(Buffer.alloc(8 << 20, 1))'
    const end = await runTask(runOfCommand(script, {}, spec))
    expect(end.succeeded).toBe(false)
    expect(await handOutsOf(end.name)).toHaveLength(1)
    expect((await untilSealed(end.name))?.data).toMatchObject({ action: { handOuts: { count: 1 } } })
  })
})

test('a broker that Entra refuses fails the run in its first step, and the command does not run', async () => {
  const end = await runTask(runOfCommand('print({ ran: true })', {}, { serviceAccountName: 'intruder' }))
  expect(end.succeeded).toBe(false)
  expect(end.steps[0]).toMatchObject({ name: 'open', exitCode: 77 })
  expect(end.logs['step-open']).toContain('ENTRA_')
  expect(printed(end)).toEqual([])
  expect(await handOutsOf(end.name)).toEqual([])
})

test('a broker with faulty params becomes ready all the same, and the first step says all faults', async () => {
  const end = await runTask(runOfCommand('print({ ran: true })', { 'refresh-after': 'soon', 'file-mode': '0777' }))
  expect(end).toMatchObject({ succeeded: false, steps: [{ name: 'open', exitCode: 64 }, {}, {}] })
  expect(end.logs['step-open']).toContain('refresh-after: got "soon"')
  expect(end.logs['step-open']).toContain('file-mode: got "0777"')
  expect(printed(end)).toEqual([])
})

test('a dry run says what would be handed out, and does not run the command', async () => {
  const end = await runTask(runOfCommand('print({ ran: true })', { 'dry-run': 'true' }))
  expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
  expect(end.logs['step-open']).toMatch(/^plan {5}AWS: sessions of$/m)
  expect(printed(end)).toEqual([])
  expect(end.results).toMatchObject({ 'hand-outs': '0' })
})

test('a command that starts the last step early loses its access, and the run fails', async () => {
  const end = await runTask(
    runOfCommand(`
      print(await aws())
      // What Tekton's entrypoint of the next step waits for.
      writeFileSync('/tekton/run/1/out', '')
      for (let seconds = 0; seconds < 60; seconds += 1) {
        const answer = await aws().catch(() => ({ status: 0 }))
        if (answer.status !== 200) { print({ lost: true }); return }
        await pause(1000)
      }
    `),
  )
  expect(end.succeeded).toBe(false)
  expect(printed(end)).toMatchObject([{ status: 200 }, { lost: true }])
  expect(end.logs['step-seal']).toContain('BROKER_COMMAND_RUNS')
  const broker = await untilSealed(end.name)
  expect(broker?.data).toMatchObject({ outcome: 'ok', action: { handOuts: { count: expect.any(Number) } } })
  expect(broker?.data).not.toMatchObject({ action: { exitCode: 0 } })
})

/** A command that goes on after SIGTERM, and asks once more. */
const deaf = `
  process.on('SIGTERM', async () => print({ late: (await aws()).status }))
  print(await aws())
  await pause(600000)
`

/** A run whose command has been handed something, and runs on. */
async function running(): Promise<{ readonly name: string; readonly pod: string }> {
  const name = await create(runOfCommand(deaf))
  const patience = AbortSignal.timeout(240_000)
  while ((await handOutsOf(name)).length === 0) {
    if (patience.aborted) throw new Error(`${name} was handed nothing`)
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  return { name, pod: (await getTaskRun(name)).status?.podName ?? '' }
}

describe('a run that ends from outside: the broker serves on, seals by itself, and its record reaches the sink', () => {
  test('cancelled', async () => {
    const { name, pod } = await running()
    await using followed = await followLog(pod, 'sidecar-broker')
    await cancelTaskRun(name)
    expect(await endOfTaskRun(name)).toMatchObject({ succeeded: false, reason: 'TaskRunCancelled' })
    const broker = await untilSealed(name)
    expect(broker?.data).toMatchObject({ outcome: 'cancelled', error: { code: 'CANCELLED' } })
    // The command was served once more after SIGTERM.
    expect(await handOutsOf(name)).toHaveLength(2)
    expect(broker?.data).toMatchObject({ action: { handOuts: { count: 2 } } })
    expect(recordIn(await followed.toRecord).id).toBe(broker?.attributes['id'])
  })

  test('evicted', async () => {
    const { name, pod } = await running()
    await evictPod(pod)
    expect((await untilSealed(name))?.data).toMatchObject({ outcome: 'cancelled' })
    await cancelTaskRun(name)
    expect((await endOfTaskRun(name)).succeeded).toBe(false)
  })
})

test('variables of a ConfigMap reach the command, and do not take the place of the broker’s', async () => {
  const way = await putWayOut()
  const end = await runTask(
    runOfCommand("print({ proxy: env.HTTPS_PROXY !== '', home: env.HOME })", { 'env-from': way }),
  )
  expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
  expect(printed(end)).toEqual([{ proxy: true, home: '/var/run/tekton-entra/home' }])
})
