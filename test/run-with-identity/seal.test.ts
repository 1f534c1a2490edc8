import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { readTask } from '../contract/repository.ts'
import { sinks } from '../push-image/sinks.ts'
import { told } from '../push-image/told.ts'
import { recordsOf } from '../sandbox/sink/sink-state.ts'
import { askAws, askAzure, askControl } from './ask.ts'
import { openBrokerDoor, type BrokerDoor, type BrokeredRun } from './broker-door.ts'
import { withSink } from './clouds.ts'
import { withPreload } from './programs.ts'

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** Starts the last step once more, before its turn. */
async function startSeal({ sealed, handOver, port }: BrokeredRun): Promise<{ status: number | null; stderr: string }> {
  const results = (readTask('run-with-identity').spec.steps[2]?.results ?? []).map(({ name }) => {
    return [`RESULT_${name.replaceAll('-', '_').toUpperCase()}`, join(handOver, `early-${name}`)] as const
  })
  const child = spawn(process.execPath, [inject('stepProgram'), 'seal-identity'], {
    env: {
      SEALED_FOLDER: sealed,
      PARAM_PORT: String(port),
      PARAM_EXIT_CODE_FILE: join(sealed, 'no-such'),
      ...Object.fromEntries(results),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (piece: string) => (stderr += piece))
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { status, stderr }
}

/** What the sinks keep of a record, by its id. */
const keptOf = (id: string | undefined) =>
  recordsOf(door.sandbox.world).filter(({ attributes }) => attributes['id'] === id)

describe('the command’s exit code is the Task’s, and the record is sealed before', () => {
  test.each<[status: number | 'killed', exit: number, recorded: number]>([
    [0, 0, 0],
    [1, 1, 1],
    [77, 77, 77],
    [255, 255, 255],
    ['killed', 255, -1],
  ])('%s', async (status, exit, recorded) => {
    const run = await door.start({ profile: withSink })
    expect((await askAws(run)).status).toBe(200)
    const { succeeded, steps, sidecars, records, list } = await run.end(status)
    expect({ succeeded, seal: steps[2]?.programStatus, broker: sidecars[0]?.status }).toEqual({
      succeeded: exit === 0,
      seal: exit,
      broker: 0,
    })
    expect(list).toHaveLength(1)
    const action = { handOuts: { count: 1 }, exitCode: recorded }
    expect(records.broker?.data).toMatchObject({ outcome: 'ok', action })
    expect(records.seal?.data).toMatchObject({ outcome: 'ok', action })
    expect(keptOf(records.broker?.id)).toHaveLength(1)
  })
})

test('sealed early by who mounts the secret, nothing is handed out any more, and the last step still says all', async () => {
  const run = await door.start({ profile: withSink })
  expect((await askAws(run)).status).toBe(200)
  // As the last step does, when a command has had Tekton start it.
  const sealing = askControl(run, '/control/seal')
  await expect
    .poll(
      async () =>
        await askAws(run).then(
          ({ body }) => body['Code'],
          () => 'gone',
        ),
    )
    .toMatch(/^(BROKER_SEALED|gone)$/)
  await sealing.catch(() => undefined)
  await expect(askAzure(run)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/)
  const { succeeded, list, results, records, log } = await run.end(0)
  expect(list).toHaveLength(1)
  // The broker has ended with a record of its own; the last step names it.
  expect(succeeded).toBe(true)
  expect(results['broker-record']).toBe(records.broker?.id)
  expect(records.seal?.data.action).toMatchObject({ broker: records.broker?.id, handOuts: { count: 1 } })
  expect(told(log.seal, 'sealed')).toHaveLength(1)
})

test('a last step that is started while the command runs ends the hand-outs, and fails', async () => {
  const run = await door.start({ profile: withSink })
  // The command has not ended: Tekton has written no exit code.
  const early = await startSeal(run)
  expect(early.status).toBe(77)
  expect(told(early.stderr, 'error')).toEqual(['BROKER_COMMAND_RUNS   seal-identity'])
  await expect(askAws(run)).rejects.toThrow(/ECONNREFUSED|ECONNRESET|hang up/)
  const { succeeded, records } = await run.end(0)
  expect(succeeded).toBe(true)
  expect(records.broker?.data.action).toMatchObject({ handOuts: { count: 0 } })
  expect(records.broker?.data.action).not.toHaveProperty('exitCode')
})

test('a command that prints records, and forges a list and an exit code where it can, changes nothing of the broker’s', async () => {
  const run = await door.start({ profile: withSink })
  expect((await askAws(run)).status).toBe(200)
  // What a command can reach: its own standard output, and the paths that it is told of.
  await writeFile(join(run.handOver, 'hand-outs.jsonl'), '{"count":0}\n')
  const { list, records, results } = await run.end(3)
  expect(list).toHaveLength(1)
  expect(records.broker?.data.action).toMatchObject({ handOuts: { count: 1 }, exitCode: 3 })
  expect(results).toEqual({})
})

test('on SIGTERM it hands out for as long as the command takes to end, and is sealed with it', async () => {
  const run = await door.start({ manner: 'deaf', profile: withSink })
  run.kill('SIGTERM')
  expect((await askAws(run)).status).toBe(200)
  const { records, list, sidecars } = await run.end(0)
  expect({ list: list.length, broker: sidecars[0]?.status }).toEqual({ list: 1, broker: 0 })
  expect(records.broker?.data).toMatchObject({ outcome: 'ok', action: { handOuts: { count: 1 } } })
})

test('20 seconds after SIGTERM it seals by itself, and its record reaches the sink', async () => {
  const run = await door.start({ manner: 'deaf', profile: withSink })
  expect((await askAws(run)).status).toBe(200)
  const started = performance.now()
  run.kill('SIGTERM')
  await expect
    .poll(
      async () =>
        await askAws(run).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 30_000, interval: 500 },
    )
    .not.toBe(200)
  expect(performance.now() - started).toBeGreaterThan(15_000)
  const { records, sidecars, list, log } = await run.end(0)
  expect(sidecars[0]?.status).toBe(143)
  expect(records.broker?.data).toMatchObject({ outcome: 'cancelled', action: { handOuts: { count: list.length } } })
  expect(keptOf(records.broker?.id)).toHaveLength(1)
  expect(records.seal?.data.action).toMatchObject({ handOuts: { count: list.length } })
  expect(told(log.seal, 'warning')[0]).toContain('CANCELLED')
}, 60_000)

test.each([
  [0, 75],
  [3, 3],
])(
  'a broker that is killed while the command runs fails the run; a command that ends with %i, with %i',
  async (status, exit) => {
    const run = await door.start({ profile: withSink, run: withPreload('mortal-broker') })
    expect((await askAws(run)).status).toBe(200)
    await writeFile(join(run.sealed, 'die'), '')
    const { succeeded, list, log, steps } = await run.end(status)
    expect({ succeeded, list: list.length, exit: steps[2]?.programStatus }).toEqual({ succeeded: false, list: 1, exit })
    expect(told(log.seal, 'error')).toEqual(['BROKER_UNREACHABLE   seal-identity'])
  },
)

test('a sink that does not take the broker’s record fails a command that ended well', async () => {
  const run = await door.start({ profile: { 'record-sink': sinks.open } })
  expect((await askAws(run)).status).toBe(200)
  const off = door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 403 } })
  const { succeeded, log, steps } = await run.end(0)
  off()
  expect({ succeeded, exit: steps[2]?.programStatus }).toEqual({ succeeded: false, exit: 75 })
  expect(told(log.seal, 'error')).toEqual(['BROKER_RECORD_LOST   seal-identity'])
  expect(told(log.broker, 'error')).toEqual(['RECORD_NOT_DELIVERED   run-with-identity'])
})

test('after timeout nothing is handed out, the record is out, and the last step says so; the command’s end is the run’s', async () => {
  const run = await door.start({ params: { timeout: '10s' }, profile: withSink })
  expect((await askAws(run)).status).toBe(200)
  await expect.poll(async () => (await askAws(run)).body['Code'], { timeout: 20_000 }).toBe('BROKER_SEALED')
  const { succeeded, log, records, list } = await run.end(0)
  expect({ succeeded, handOuts: records.broker?.data.action['handOuts'] }).toMatchObject({
    succeeded: true,
    handOuts: { count: list.length },
  })
  expect(records.broker?.data).toMatchObject({ outcome: 'failed', error: { code: 'DEADLINE_EXCEEDED' } })
  expect(keptOf(records.broker?.id)).toHaveLength(1)
  expect(told(log.seal, 'warning').join(' ')).toContain('DEADLINE_EXCEEDED')
}, 60_000)
