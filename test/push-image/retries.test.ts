import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { Fault, FaultRule } from '../sandbox/faults.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { inAHurry } from './programs.ts'
import { expectEnd, only, told } from './told.ts'

let door: FrontDoor
let repository = 0
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

/** Whom the faults befall, the code of each failing answer, and the code of a 200 that is none of theirs. */
type Endpoint = [
  name: string,
  image: string,
  rule: Omit<FaultRule, 'fault'>,
  requests: RegExp,
  unavailable: ErrorCode,
  throttled: ErrorCode,
  garbled: ErrorCode,
]

const endpoints: Endpoint[] = [
  [
    'Entra, on the way to ACR',
    acrImage,
    { standIn: 'entra', method: 'POST' },
    /^entra POST/,
    'ENTRA_UNAVAILABLE',
    'ENTRA_THROTTLED',
    'ENTRA_UNAVAILABLE',
  ],
  [
    'Entra, on the way to STS',
    ecrImage,
    { standIn: 'entra', method: 'POST' },
    /^entra POST/,
    'ENTRA_UNAVAILABLE',
    'ENTRA_THROTTLED',
    'ENTRA_UNAVAILABLE',
  ],
  ['STS', ecrImage, { standIn: 'sts' }, /^sts /, 'AWS_UNAVAILABLE', 'AWS_THROTTLED', 'AWS_UNAVAILABLE'],
  ['the ECR API', ecrImage, { standIn: 'ecr' }, /^ecr /, 'AWS_UNAVAILABLE', 'AWS_THROTTLED', 'AWS_UNAVAILABLE'],
  [
    'ACR at the exchange',
    acrImage,
    { standIn: 'acr', path: '/oauth2/exchange' },
    /oauth2\/exchange/,
    'REGISTRY_UNAVAILABLE',
    'REGISTRY_THROTTLED',
    'REGISTRY_ANSWER_INVALID',
  ],
  [
    'ACR at the access token',
    acrImage,
    { standIn: 'acr', path: '/oauth2/token' },
    /oauth2\/token/,
    'REGISTRY_UNAVAILABLE',
    'REGISTRY_THROTTLED',
    'REGISTRY_ANSWER_INVALID',
  ],
  [
    'ACR when the manifest is put',
    acrImage,
    { standIn: 'acr', method: 'PUT', path: /manifests/ },
    /PUT .*manifests/,
    'REGISTRY_UNAVAILABLE',
    'REGISTRY_THROTTLED',
    'REGISTRY_ANSWER_INVALID',
  ],
  [
    'ECR when the manifest is put',
    ecrImage,
    { standIn: 'ecr-registry', method: 'PUT', path: /manifests/ },
    /PUT .*manifests/,
    'REGISTRY_UNAVAILABLE',
    'REGISTRY_THROTTLED',
    'REGISTRY_ANSWER_INVALID',
  ],
]

const page = '<html><body><h1>502 Bad Gateway</h1></body></html>'
const html = (status: number): Fault => ({ kind: 'status', status, contentType: 'text/html', body: page })
const empty: Fault = { kind: 'status', status: 200 }

test.each<Endpoint>(endpoints)(
  'succeeds in the end when %s is throttled, fails, and is answered for by a proxy',
  async (_name, image, rule, requests, unavailable, throttled, garbled) => {
    inTurn(rule, [
      { kind: 'status', status: 429, retryAfter: 1 },
      { kind: 'status', status: 503 },
      html(502),
      empty,
      html(200),
    ])
    const { step, succeeded } = await pushAnew(image)
    expect(retriesOf(step.stderr)).toEqual([throttled, unavailable, unavailable, garbled, garbled])
    expect(told(step.stderr, 'retry')[0]).toMatch(/again in\s+1\.0\s+s$/)
    expect(succeeded).toBe(true)
    expect(only(door.requests(), requests)).toHaveLength(6)
  },
)

test.each<Endpoint>(endpoints)(
  'succeeds in the end when the connection to %s breaks off before, after and within an answer',
  async (_name, image, rule, requests) => {
    inTurn(rule, [{ kind: 'reset-before' }, { kind: 'reset-after-request' }, { kind: 'truncate', bytes: 3 }])
    const { step, succeeded } = await pushAnew(image)
    expect(new Set(retriesOf(step.stderr))).toEqual(new Set(['NETWORK_INTERRUPTED']))
    expect(succeeded).toBe(true)
    expect(only(door.requests(), requests).length).toBeGreaterThanOrEqual(3)
  },
)

test.each<Endpoint>(endpoints)(
  'gives up as temporary after six attempts while a proxy answers for %s with a page of its own',
  async (_name, image, rule, requests, unavailable, _throttled, garbled) => {
    for (const [fault, code] of [
      [html(502), unavailable],
      [html(200), garbled],
    ] as const) {
      door.sandbox.faults.clear()
      door.sandbox.faults.on({ ...rule, fault })
      const result = await pushAnew(image)
      expectEnd(result, code, 75)
      expect(only(door.requests(), requests)).toHaveLength(6)
      // A page of a proxy may be long and is nobody's words.
      expect(result.step.stderr.length).toBeLessThan(6000)
    }
  },
)

/** Befalls the first requests that fit, each by one fault. */
function inTurn(rule: Omit<FaultRule, 'fault'>, faults: readonly Fault[]): void {
  faults.forEach((fault, index) => door.sandbox.faults.on({ ...rule, from: index + 1, times: 1, fault }))
}

/** An image that the registry has never seen, so that everything is sent. */
async function pushAnew(image: string, params: Record<string, string> = {}) {
  repository += 1
  const { folder } = await door.layout({ layers: [{ [`file-${repository}`]: 'fresh' }] })
  door.requests()
  return await door.push(image, { source: folder, params, run: inAHurry() })
}

function retriesOf(stderr: string): string[] {
  return told(stderr, 'retry').map((text) => text.split(' ')[0] ?? '')
}
