import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../contract/repository.ts'
import { cloudWithSinks, sinks } from '../push-image/sinks.ts'
import { faultsOf, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { otherAccountId, otherRoleArn, wideCloud } from './clouds.ts'
import { contentsOf, expectRefused, openHandOverDoor, type HandOverDoor } from './front-door.ts'
import { credentialOf, handOutsOf } from './process-client.ts'
import { expectNothing, openProcessPod, withSink } from './process-pod.ts'

const name = 'write-aws-profile'
const { region } = example
const hurry = { preloads: [`${root}/test/push-image/preload/hurry.ts`] }

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(cloudWithSinks(wideCloud()))
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

describe('no session without its record', () => {
  test('without a sink in the profile nothing is written, and nobody is asked', async () => {
    door.requests()
    const result = await door.run(name, { credentials: 'process' }, { profile: { 'aws-region': region } })
    await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
    expect(faultsOf(result)).toEqual([
      expect.stringMatching(
        /^credentials: got "process", expected static or web-identity, or the key record-sink in the ConfigMap entra-identity of this namespace/,
      ),
    ])
    expect(door.requests()).toEqual([])
  })

  test('a proxy with a password is refused, and is not shown', async () => {
    const profile = {
      ...withSink,
      'https-proxy': 'http://user:hunter2@proxy.example:3128',
      'record-sink-failure': 'warn',
    }
    const result = await door.run(name, { credentials: 'process', timeout: '2s' }, { profile })
    expect(faultsOf(result)).toEqual([
      expect.stringMatching(/^https-proxy \(profile or environment\): got "a URL with/),
    ])
    expect(result.step.stderr).not.toContain('hunter2')
    expect(await contentsOf(result.volume)).toEqual({})
  })

  test('a sink that is down gets a session handed out to nobody; standard error has the record', async () => {
    const { ask } = await openProcessPod(door)
    door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 503 } })
    const answer = await ask('default', hurry)
    expectNothing(answer, 'HANDOVER_NOT_RECORDED', 75)
    expect(JSON.parse(told(answer.stderr, 'record')[0] ?? '')).toMatchObject({
      data: {
        outcome: 'failed',
        error: { code: 'HANDOVER_NOT_RECORDED' },
        undelivered: [{ sink: sinks.open, code: 'SINK_UNAVAILABLE' }],
      },
    })
  })

  test('by explicit choice of the profile it only warns', async () => {
    const { ask } = await openProcessPod(door, {}, { ...withSink, 'record-sink-failure': 'warn' })
    door.sandbox.faults.on({ standIn: 'sink', fault: { kind: 'status', status: 503 } })
    const answer = await ask('default', hurry)
    expect(toldProse(answer.stderr, 'warning')).toContain('did not reach https://audit.contoso.example/events')
    expect(told(answer.stderr, 'record')).toHaveLength(1)
    credentialOf({ ...answer, stderr: '' })
  })

  test('a sink that asks for a token gets one, and no client sees it', async () => {
    const guarded = { ...withSink, 'record-sink': sinks.guarded, 'record-sink-resource': sinks.resource }
    const { ask } = await openProcessPod(door, {}, guarded)
    credentialOf(await ask())
    expect(handOutsOf(door.sandbox).at(-1)).toMatchObject({ writer: example.principalId, data: { outcome: 'ok' } })
  })

  test('a client that does not read gets nothing, and the record says more rather than less', async () => {
    const { ask } = await openProcessPod(door)
    const answer = await ask('default', { deaf: true })
    expectNothing(answer, 'HANDOVER_NOT_PRINTED', 74)
    expect(handOutsOf(door.sandbox).at(-1)?.data).toMatchObject({ outcome: 'ok' })
  })
})

describe('what the program refuses', () => {
  test('a role of an account that the allow-list does not have, before anything is sent', async () => {
    const { ask, change } = await openProcessPod(door, {}, { ...withSink, 'allowed-accounts': example.accountId })
    await change(
      `"PROFILE_ALLOWED_ACCOUNTS": "${example.accountId}"`,
      `"PROFILE_ALLOWED_ACCOUNTS": "${otherAccountId}"`,
    )
    door.requests()
    expectNothing(await ask(), 'AWS_ACCOUNT_NOT_ALLOWED', 77)
    expect(door.requests().filter((one) => !one.startsWith('sink'))).toEqual([])
  })

  test('settings without a sink', async () => {
    const { ask, change } = await openProcessPod(door)
    await change('PROFILE_RECORD_SINK', 'PROFILE_NO_SINK')
    door.requests()
    const answer = await ask()
    expectNothing(answer, 'INPUT_INVALID', 64)
    expect(toldProse(answer.stderr, 'fault')).toContain('credentials: got "process"')
    expect(door.requests()).toEqual([])
  })

  test.each([
    ['are not mounted', undefined, 'ENOENT'],
    ['are no JSON', 'x', 'it is no JSON'],
    ['are of another version', '{"writer":"tekton-entra 0.0.0 write-aws-profile"}', 'it is not of tekton-entra'],
    ['are a list', '[]', 'it is no JSON object'],
  ])('settings that %s', async (_, text, reason) => {
    const { ask, settings } = await openProcessPod(door)
    await (text === undefined ? rm(settings) : writeFile(settings, text))
    door.requests()
    const answer = await ask()
    expectNothing(answer, 'HANDOVER_SETTINGS_UNUSABLE', 64)
    expect(toldProse(answer.stderr, 'what')).toContain(reason)
    expect(door.requests()).toEqual([])
  })

  test('write-aws-profile: a file of somebody else in the place of the settings, which is left as it is', async () => {
    const volume = await door.volume()
    await mkdir(join(volume, 'aws'))
    await writeFile(join(volume, 'aws/process-default.json'), '{"mine":1}')
    const result = await door.run(name, { credentials: 'process' }, { volume, profile: withSink })
    await expectRefused(result, 'HANDOVER_FILE_UNUSABLE', { exit: 64, left: ['aws', 'aws/process-default.json'] })
    expect((await contentsOf(volume))['aws/process-default.json']?.text).toBe('{"mine":1}')
  })

  test('write-aws-profile: an account that is not allowed, and a role that does not let the identity in', async () => {
    const guarded = { ...withSink, 'allowed-accounts': example.accountId }
    const other = await door.run(
      name,
      { credentials: 'process', profiles: [`x=${otherRoleArn} eu-west-1`] },
      { profile: guarded },
    )
    await expectRefused(other, 'AWS_ACCOUNT_NOT_ALLOWED', { exit: 77 })
    const nobody = await door.run(
      name,
      { credentials: 'process', 'aws-role-arn': `arn:aws:iam::${example.accountId}:role/nobody` },
      { profile: withSink },
    )
    await expectRefused(nobody, 'AWS_NOT_AUTHORIZED', { exit: 77 })
  })
})
