import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { inAHurry } from '../push-image/programs.ts'
import { parseRecord } from '../push-image/record.ts'
import { sinks } from '../push-image/sinks.ts'
import { told } from '../push-image/told.ts'
import { findLeaks } from '../sandbox/canary.ts'
import { example } from '../sandbox/example-cloud.ts'
import { askAws, askAzure } from './ask.ts'
import { openBrokerDoor, type BrokerDoor } from './broker-door.ts'
import { withSink } from './clouds.ts'

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const guarded = { 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource } as const

test('the record of a hand-out says who, what, until when, and by which tokens; it holds none of them', async () => {
  const run = await door.start({ profile: guarded })
  const { body } = await askAws(run)
  const { body: azure } = await askAzure(run)
  const [session, token] = door.handOuts().slice(-2)
  for (const kept of [session, token]) parseRecord(`${kept?.body ?? ''}\n`)
  const { records } = await run.end()
  expect(session?.data).toMatchObject({
    step: 'hand-out-identity',
    outcome: 'ok',
    run: { taskRun: 'deploy-web-x7k2p', pipelineRun: 'release-42' },
    identity: { tenant: example.tenantId, clientId: example.clientId, awsRole: example.roleArn },
    action: {
      broker: records.broker?.id,
      handedOver: [{ file: 'AWS container credentials', expiresAt: body['Expiration'] }],
    },
    tokens: expect.arrayContaining([
      expect.objectContaining({ kind: 'aws-session', id: body['AccessKeyId'], expiresAt: body['Expiration'] }),
    ]),
  })
  const ends = new Date(Number(azure['expires_on']) * 1000).toISOString().replace('.000Z', 'Z')
  expect(token?.data).toMatchObject({ action: { handedOver: [{ expiresAt: ends }] } })
  const places = door.handOuts().map(({ body: text }) => ({ where: 'record', text }))
  expect(findLeaks(door.sandbox.minted.all, places)).toEqual([])
})

test.each([
  ['is down', { kind: 'status', status: 503 }],
  ['refuses', { kind: 'status', status: 403 }],
  ['resets', { kind: 'reset-before' }],
] as const)('nothing is handed out while the sink %s, and again when it is back', async (_what, fault) => {
  const run = await door.start({ profile: withSink, run: inAHurry() })
  const off = door.sandbox.faults.on({ standIn: 'sink', fault })
  const answers = [await askAws(run), await askAzure(run)]
  for (const { status, body } of answers) {
    expect({ status, code: body['Code'] }).toEqual({ status: 503, code: 'HANDOVER_NOT_RECORDED' })
    expect(JSON.stringify(body)).not.toMatch(/SecretAccessKey|access_token/)
  }
  off()
  expect((await askAws(run)).status).toBe(200)
  const { list } = await run.end()
  expect(list).toHaveLength(1)
})

test('a sink that never answers keeps a client for some seconds, not for ever, and nothing is handed out', async () => {
  const run = await door.start({ profile: withSink })
  const off = door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'stall' } })
  const answer = await askAws(run)
  expect({ status: answer.status, code: answer.body['Code'] }).toEqual({ status: 503, code: 'HANDOVER_NOT_RECORDED' })
  off()
  const { list } = await run.end()
  expect(list).toEqual([])
})

test('with record-sink-failure: warn it is handed out all the same, and the log says what the sink lacks', async () => {
  const run = await door.start({ profile: { ...withSink, 'record-sink-failure': 'warn' } })
  const off = door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 403 } })
  expect((await askAws(run)).status).toBe(200)
  off()
  const { log, list } = await run.end()
  expect(list).toHaveLength(1)
  expect(told(log.broker, 'warning').join(' ')).toContain('did not reach')
})

test('what cannot be put on the list is not handed out', async () => {
  const run = await door.start({ profile: withSink })
  const list = join(run.sealed, 'hand-outs.jsonl')
  await mkdir(list)
  const answer = await askAws(run)
  expect({ status: answer.status, code: answer.body['Code'] }).toEqual({ status: 403, code: 'BROKER_FOLDER_UNUSABLE' })
  await rm(list, { recursive: true })
  expect((await askAws(run)).status).toBe(200)
  await run.end()
})

test('without a sink the list and the broker’s record are what is left', async () => {
  const run = await door.start()
  const before = door.handOuts().length
  expect((await askAws(run)).status).toBe(200)
  const { list, records } = await run.end()
  expect(list).toHaveLength(1)
  expect(records.broker?.data.action).toMatchObject({ handOuts: { count: 1 } })
  expect(door.handOuts()).toHaveLength(before)
})
