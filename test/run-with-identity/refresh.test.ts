import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { only, told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { askAws, askAzure, type Answered } from './ask.ts'
import { openBrokerDoor, type BrokerDoor, type BrokeredRun, type Variation } from './broker-door.ts'
import { access, changeableCloud, withSink, type ChangeableCloud } from './clouds.ts'
import { withPreload } from './programs.ts'

const minuteMs = 60_000

let cloud: ChangeableCloud
let door: BrokerDoor
let folder: string
let clockFile: string
let elapsedMs = 0
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-clock-'))
  clockFile = join(folder, 'offset')
})
beforeEach(async () => {
  elapsedMs = 0
  await rm(clockFile, { force: true })
  cloud = changeableCloud()
  door = await openBrokerDoor(cloud.config)
})
afterEach(async () => await door[Symbol.asyncDispose]())
afterAll(async () => await rm(folder, { recursive: true, force: true }))

/** A run in whose pod and clouds hours can pass. */
async function start(variation: Variation = {}): Promise<BrokeredRun> {
  return await door.start({ ...variation, run: withPreload('moving-clock', { TEST_CLOCK_FILE: clockFile }) })
}

async function pass(minutes: number): Promise<void> {
  elapsedMs += minutes * minuteMs
  door.sandbox.world.clock.advance(minutes * minuteMs)
  await writeFile(clockFile, String(elapsedMs))
}

const nowMs = () => Date.now() + elapsedMs
const sessionOf = ({ status, body }: Answered) => {
  expect(status, JSON.stringify(body)).toBe(200)
  return { id: String(body['AccessKeyId']), endsMs: Date.parse(String(body['Expiration'])) }
}

test('serves a job of three hours: every credential lives when it is handed out, by a token that the kubelet has renewed', async () => {
  const run = await start({ profile: withSink })
  const sessions = new Set<string>()
  for (let minutes = 0; minutes <= 180; minutes += 12) {
    const { id, endsMs } = sessionOf(await askAws(run))
    sessions.add(id)
    expect(door.sandbox.world.awsSessions.get(id)?.expiresAt).toBe(endsMs)
    expect(endsMs - nowMs()).toBeGreaterThan(50 * minuteMs)
    const { status, body } = await askAzure(run)
    expect(status, JSON.stringify(body)).toBe(200)
    expect(Number(body['expires_on']) * 1000 - nowMs()).toBeGreaterThan(50 * minuteMs)
    await pass(12)
    // The kubelet writes the token anew when four fifths of its hour are over.
    if (minutes % 48 === 36) await run.renewToken(3600)
  }
  expect(sessions.size).toBe(16)
  const { succeeded, list, records } = await run.end()
  expect({ succeeded, handOuts: list.length }).toEqual({ succeeded: true, handOuts: 32 })
  const ends = list.map((line) => Date.parse((JSON.parse(line) as { expiresAt: string }).expiresAt))
  const lastEnd = new Date(Math.max(...ends)).toISOString().replace('.000Z', 'Z')
  expect(records.broker?.data.action).toMatchObject({ handOuts: { count: 32, lastEnd } })
}, 120_000)

test('hands out what is younger than refresh-after, and exchanges anew what is older', async () => {
  const run = await start({ params: { 'refresh-after': '10m', 'azure-resources': [] } })
  const first = sessionOf(await askAws(run))
  await pass(9)
  door.requests()
  expect(sessionOf(await askAws(run)).id).toBe(first.id)
  expect(door.requests()).toEqual([])
  await pass(2)
  expect(sessionOf(await askAws(run)).id).not.toBe(first.id)
  expect(only(door.requests(), /^(entra POST|sts )/)).toHaveLength(2)
  await run.end()
})

test('gives no session that a client would find at its end, however long refresh-after is', async () => {
  const run = await start({ params: { 'refresh-after': '1h', 'aws-session-duration': '15m', 'azure-resources': [] } })
  const first = sessionOf(await askAws(run))
  await pass(8)
  const second = sessionOf(await askAws(run))
  expect(second.id).not.toBe(first.id)
  expect(second.endsMs - nowMs()).toBeGreaterThan(14 * minuteMs)
  await run.end()
})

test('many who ask at once share one exchange, and each is a hand-out', async () => {
  const run = await start({ params: { 'azure-resources': [] }, profile: withSink })
  await pass(6)
  door.requests()
  const answers = await Promise.all(Array.from({ length: 20 }, async () => await askAws(run)))
  expect(new Set(answers.map((answer) => sessionOf(answer).id)).size).toBe(1)
  expect(only(door.requests(), /^sts /)).toHaveLength(1)
  const { list } = await run.end()
  expect(list).toHaveLength(20)
})

test.each(['roles', 'credential'] as const)(
  'access that is taken away in Entra (%s) ends the hand-outs within one refresh',
  async (what) => {
    const run = await start({ params: access, profile: withSink })
    sessionOf(await askAws(run))
    expect((await askAzure(run)).status).toBe(200)
    cloud.takeAway(what)
    const before = door.handOuts().length
    await pass(6)
    const code = what === 'roles' ? 'ACCESS_ROLES_MISSING' : 'ENTRA_NO_FEDERATED_CREDENTIAL'
    for (const answer of [await askAws(run), await askAzure(run)])
      expect({ status: answer.status, code: answer.body['Code'] }).toEqual({ status: 403, code })
    expect(door.handOuts()).toHaveLength(before)
    const { list, log, succeeded } = await run.end(1)
    expect({ succeeded, handOuts: list.length }).toEqual({ succeeded: false, handOuts: 2 })
    expect(told(log.broker, 'refused').length).toBeGreaterThan(0)
  },
)

test('the roles are verified at each refresh, by a token that was obtained for that', async () => {
  const run = await start({ params: { ...access, 'azure-resources': [] } })
  await pass(6)
  door.requests()
  sessionOf(await askAws(run))
  // One token for the API that decides, one that is sent to STS.
  expect(only(door.requests(), /^entra POST/)).toHaveLength(2)
  const { records } = await run.end()
  expect(records.broker?.data.action).toMatchObject({
    access: { objectId: example.principalId, clientId: example.clientId, kind: 'app', roles: ['Push'] },
  })
})

test('an outage of Entra is no refusal: the client is told to ask again, and the next one is served', async () => {
  const run = await start({ params: { 'azure-resources': [] } })
  await pass(6)
  const off = door.sandbox.faults.on({ standIn: 'sts', fault: { kind: 'status', status: 400, body: 'x' } })
  const answer = await askAws(run)
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.body).not.toHaveProperty('AccessKeyId')
  off()
  sessionOf(await askAws(run))
  await run.end()
})

test('a session policy narrows what every session may do', async () => {
  const policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
  })
  const run = await start({ profile: { ...withSink, 'aws-session-policy': policy } })
  const { id } = sessionOf(await askAws(run))
  expect(JSON.stringify(door.sandbox.world.awsSessions.get(id))).toContain('GetAuthorizationToken')
  const { log } = await run.end()
  expect(told(log.open, 'offer').join(' ').replace(/\s+/g, ' ')).toContain('narrowed by a session policy')
})
