import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { stsErrorBody } from './sts-answers.ts'
import { expectEnd, only, told } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test.each([
  [
    'Entra',
    acrImage,
    'ENTRA_SUBJECT_MISMATCH',
    { standIn: 'entra', times: 2, fault: { kind: 'propagation' } },
    /^entra POST/,
  ],
  [
    'STS',
    ecrImage,
    'AWS_NOT_AUTHORIZED',
    {
      standIn: 'sts',
      times: 2,
      fault: {
        kind: 'status',
        status: 403,
        body: stsErrorBody('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity'),
      },
    },
    /^sts /,
  ],
  [
    'ACR',
    acrImage,
    'ACR_EXCHANGE_REFUSED',
    { standIn: 'acr', path: '/oauth2/exchange', times: 2, fault: { kind: 'status', status: 401 } },
    /oauth2\/exchange/,
  ],
] as const)(
  'waits for a change that has not reached %s, within propagation-wait',
  async (_name, image, code, rule, requests) => {
    const off = door.sandbox.faults.on(rule)
    const { step, succeeded } = await push(image, '30s')
    expect(retriesOf(step.stderr)).toEqual([code, code])
    expect(succeeded).toBe(true)
    expect(only(door.requests(), requests)).toHaveLength(3)
    off()
    door.sandbox.faults.on({ ...rule, times: 100 })
    const result = await push(image, '0s')
    expectEnd(result, code, 77)
    expect(only(door.requests(), requests)).toHaveLength(1)
  },
)

test('gives up when propagation-wait is over, not long after', async () => {
  door.sandbox.faults.on({ standIn: 'entra', fault: { kind: 'propagation' } })
  const { status, milliseconds } = (await door.push(acrImage, { params: { 'propagation-wait': '1s' } })).step
  expect(status).toBe(77)
  expect(milliseconds).toBeLessThan(15_000)
})

test('does not wait for what only a person can change, however long it may', async () => {
  door.requests()
  const result = await door.push(acrImage, {
    params: { 'propagation-wait': '10m' },
    token: { serviceAccount: 'Builder' },
  })
  expectEnd(result, 'ENTRA_SUBJECT_CASE', 77)
  expect(only(door.requests(), /^entra POST/)).toHaveLength(1)
})

/** What has been asked so far is forgotten, and the waits are short. */
async function push(image: string, propagationWait: string) {
  door.requests()
  return await door.push(image, { params: { 'propagation-wait': propagationWait }, run: inAHurry() })
}

function retriesOf(stderr: string): string[] {
  return told(stderr, 'retry').map((text) => text.split(' ')[0] ?? '')
}
