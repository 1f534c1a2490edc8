import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cloudWithSinks } from '../push-image/sinks.ts'
import { toldProse } from '../push-image/told.ts'
import { findLeaks } from '../sandbox/canary.ts'
import { example } from '../sandbox/example-cloud.ts'
import { otherAccountId, otherRoleArn, wideCloud } from './clouds.ts'
import { contentsOf, openHandOverDoor, type HandOverDoor } from './front-door.ts'
import { commandLineOf, credentialOf, handOutsOf } from './process-client.ts'
import { expectNothing, openProcessPod, withSink } from './process-pod.ts'

const name = 'write-aws-profile'
const { region } = example

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(cloudWithSinks(wideCloud()))
})
afterAll(async () => await door[Symbol.asyncDispose]())

const sessionOf = (credential: Readonly<Record<string, unknown>>) =>
  door.sandbox.world.awsSessions.get(String(credential['AccessKeyId']))

describe('a profile with our program', () => {
  test('names it by absolute paths, with settings beside it that hold no secret', async () => {
    const { result, volume, settings } = await openProcessPod(door)
    const contents = await contentsOf(volume)
    expect(Object.entries(contents).map(([path, { mode }]) => [path, mode])).toEqual([
      ['aws', '700'],
      ['aws/config', '600'],
      ['aws/credentials', '600'],
      ['aws/process-default.json', '600'],
    ])
    expect(contents['aws/config']?.text).toMatch(/^\[default\]\n# clients .*\ncredential_process = .*\nregion = \S+\n$/)
    const line = await commandLineOf(volume, 'default')
    expect(line).toBe(`/nodejs/bin/node /app/main.js hand-out-aws-session ${settings}`)
    const places = Object.entries(contents).map(([where, { text }]) => ({ where, text }))
    expect(findLeaks(door.sandbox.minted.all, places)).toEqual([])
    expect(result.results['EXPIRES_AT']).toBe('')
    expect(toldProse(result.step.stderr, 'written')).toBe(`default in ${volume}/aws/config: renews itself`)
  })

  test('gives a session of its own at each call, as long as was asked; its record has the end', async () => {
    const { ask } = await openProcessPod(door, { 'aws-session-duration': '20m' })
    const before = handOutsOf(door.sandbox).length
    const first = credentialOf(await ask())
    const second = credentialOf(await ask())
    expect(second['AccessKeyId']).not.toBe(first['AccessKeyId'])
    const ends = String(first['Expiration'])
    expect(sessionOf(first)).toMatchObject({
      secretAccessKey: first['SecretAccessKey'],
      sessionToken: first['SessionToken'],
      expiresAt: Date.parse(ends),
    })
    expect((Date.parse(ends) - Date.now()) / 60_000).toBeCloseTo(20, 0)
    const records = handOutsOf(door.sandbox).slice(before)
    expect(records.map(({ data }) => data)).toMatchObject(
      [first, second].map(({ AccessKeyId, Expiration }) => ({
        outcome: 'ok',
        run: { taskRun: 'build-web-x7k2p' },
        action: {
          target: 'default',
          handedOver: [{ file: 'standard output', entry: 'default', expiresAt: Expiration }],
        },
        tokens: expect.arrayContaining([
          expect.objectContaining({ kind: 'aws-session', id: AccessKeyId, expiresAt: Expiration }),
        ]),
      })),
    )
    expect(
      findLeaks(
        door.sandbox.minted.all,
        records.map(({ body }) => ({ where: 'record', text: body })),
      ),
    ).toEqual([])
  })

  test('two at once are both answered', async () => {
    const { ask } = await openProcessPod(door, { profiles: [`default ${region}`, `other=${otherRoleArn} eu-west-1`] })
    const before = handOutsOf(door.sandbox).length
    const answers = await Promise.all([ask(), ask('profile other'), ask()])
    expect(answers.map((answer) => sessionOf(credentialOf(answer))?.accountId)).toEqual([
      example.accountId,
      otherAccountId,
      example.accountId,
    ])
    expect(handOutsOf(door.sandbox)).toHaveLength(before + 3)
  })

  test('goes on when the kubelet has renewed the token, and is refused for one that has ended', async () => {
    const { ask, renewToken } = await openProcessPod(door)
    await renewToken(-5)
    door.requests()
    expectNothing(await ask(), 'TOKEN_EXPIRED', 77)
    expect(door.requests().filter((one) => !one.startsWith('sink'))).toEqual([])
    expect(handOutsOf(door.sandbox).at(-1)?.data).toMatchObject({
      outcome: 'refused',
      error: { code: 'TOKEN_EXPIRED' },
    })
    await renewToken(3600)
    credentialOf(await ask())
  })

  test('is as whom the step was, whatever the client’s container has for variables', async () => {
    const { ask } = await openProcessPod(door)
    const variables = {
      PARAM_AWS_ROLE_ARN: otherRoleArn,
      PROFILE_RECORD_SINK: 'https://elsewhere.example/events',
      PROFILE_RECORD_SINK_FAILURE: 'warn',
      AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'x',
      AZURE_CLIENT_ID: 'x',
      HTTPS_PROXY: 'http://127.0.0.1:9',
    }
    const before = handOutsOf(door.sandbox).length
    expect(sessionOf(credentialOf(await ask('default', { variables })))?.accountId).toBe(example.accountId)
    expect(handOutsOf(door.sandbox)).toHaveLength(before + 1)
  })

  test('takes the place of keys of the same name, which clients would take first; other profiles keep theirs', async () => {
    const volume = await door.volume()
    const profiles = [`default ${region}`, `kept ${region}`]
    await door.run(name, { profiles }, { volume, profile: withSink })
    await door.run(name, { credentials: 'process' }, { volume, profile: withSink })
    const { 'aws/credentials': keys, 'aws/config': config } = await contentsOf(volume)
    expect(keys?.text.match(/^\[.*\]$/gm)).toEqual(['[kept]'])
    expect(config?.text.match(/^\[.*\]$/gm)).toEqual(['[default]', '[profile kept]'])
    expect(config?.text).toContain('credential_process')
  })

  test('a dry run writes nothing', async () => {
    const result = await door.run(name, { credentials: 'process', 'dry-run': 'true' }, { profile: withSink })
    expect(result.step.status, result.step.stderr).toBe(0)
    expect(await contentsOf(result.volume)).toEqual({})
  })
})
