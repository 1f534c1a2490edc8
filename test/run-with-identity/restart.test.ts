import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { askAws, askControl, type Answered } from './ask.ts'
import { openBrokerDoor, type BrokerDoor, type Brokered, type BrokeredRun } from './broker-door.ts'
import { withSink } from './clouds.ts'
import { withPreload } from './programs.ts'

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** Starts the broker's container again, as the kubelet does with a native sidecar, in the same pod; gives it when it listens. */
async function startAgain({ sidecars }: Brokered, run: BrokeredRun): Promise<ChildProcess> {
  const { argv = [], env = {} } = sidecars[0] ?? {}
  const child = spawn(argv[0] ?? '', argv.slice(1), { env, stdio: ['ignore', 'ignore', 'ignore'] })
  await expect.poll(async () => await statusOf(askAws(run)), { timeout: 20_000, interval: 100 }).not.toBe(0)
  return child
}

async function statusOf(asked: Promise<Answered>): Promise<number> {
  return await asked.then(
    ({ status }) => status,
    () => 0,
  )
}

async function end(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close')
  child.kill('SIGTERM')
  await closed
}

test('a broker that is started again after it was sealed hands out nothing, and says so to all', async () => {
  const run = await door.start({ profile: withSink })
  expect((await askAws(run)).status).toBe(200)
  const ended = await run.end()
  const before = door.handOuts().length
  const child = await startAgain(ended, run)
  await expect.poll(async () => (await askAws(run)).body['Code']).toBe('BROKER_SEALED')
  const { body } = await askControl(run, '/control/open')
  expect(body).toMatchObject({ broker: ended.records.broker?.id, error: { code: 'BROKER_SEALED' } })
  await once(child, 'close')
  expect(door.handOuts()).toHaveLength(before)
})

test('a broker that is started again after it was killed goes on with the list, and knows the secret', async () => {
  const run = await door.start({ profile: withSink, run: withPreload('mortal-broker') })
  expect((await askAws(run)).status).toBe(200)
  await writeFile(join(run.sealed, 'die'), '')
  const child = await startAgain(await run.end(), run)
  await expect.poll(async () => (await askAws(run)).status).toBe(200)
  const sealed = askControl(run, '/control/seal')
  await once(child, 'close')
  expect((await sealed).body).toMatchObject({ handOuts: { count: 2 } })
})

test('one that is told to end while nothing asks it ends', async () => {
  const run = await door.start()
  const child = await startAgain(await run.end(), run)
  await end(child)
  expect(await statusOf(askAws(run))).toBe(0)
})
