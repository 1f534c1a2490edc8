import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { askAws, askAzure, askImds } from './ask.ts'
import { openBrokerDoor, type BrokerDoor } from './broker-door.ts'
import { resources, withSink } from './clouds.ts'

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

test('hands out AWS sessions and Azure tokens while the command runs, each recorded before', async () => {
  const run = await door.start({ profile: withSink })
  const before = door.handOuts().length
  const aws = await askAws(run)
  expect(aws.status, JSON.stringify(aws.body)).toBe(200)
  expect(aws.body).toEqual({
    AccessKeyId: expect.stringMatching(/^ASIA/),
    SecretAccessKey: expect.any(String),
    Token: expect.any(String),
    Expiration: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    AccountId: example.accountId,
  })
  expect(door.handOuts()).toHaveLength(before + 1)
  const [azure, imds] = [await askAzure(run), await askImds(run)]
  for (const { status, body } of [azure, imds]) {
    expect(status, JSON.stringify(body)).toBe(200)
    expect(body).toEqual({
      access_token: expect.any(String),
      expires_on: expect.stringMatching(/^\d{10}$/),
      expires_in: expect.stringMatching(/^\d{4}$/),
      token_type: 'Bearer',
      resource: resources.vault,
      client_id: example.clientId,
    })
  }
  const { succeeded, records, results, list, sidecars } = await run.end()
  expect(succeeded).toBe(true)
  expect(sidecars[0]?.status).toBe(0)
  expect(list).toHaveLength(3)
  const sha256 = createHash('sha256')
    .update(list.map((line) => `${line}\n`).join(''))
    .digest('hex')
  expect(results).toMatchObject({ 'hand-outs': '3', 'hand-outs-digest': `sha256:${sha256}` })
  expect(results['broker-record']).toBe(records.broker?.id)
  expect(records.broker?.data.action).toMatchObject({ handOuts: { count: 3, sha256 }, exitCode: 0 })
  expect(records.seal?.data.action).toMatchObject({ broker: records.broker?.id, handOuts: { count: 3, sha256 } })
  expect(records.open?.data.action).toMatchObject({ broker: records.broker?.id })
  const kept = door.handOuts().slice(before)
  const hashes = kept.map(({ body }) => createHash('sha256').update(body).digest('hex'))
  expect(list.map((line) => (JSON.parse(line) as { record: string }).record)).toEqual(hashes)
})
