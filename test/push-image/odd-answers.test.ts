import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { expectEnd } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

const unknownSession = {
  kind: 'status',
  status: 400,
  contentType: 'application/x-amz-json-1.1',
  body: JSON.stringify({
    __type: 'UnrecognizedClientException',
    message: 'The security token included in the request is invalid.',
  }),
} as const

test('waits for a session that ECR does not know yet, within propagation-wait', async () => {
  door.sandbox.faults.on({ standIn: 'ecr', times: 1, fault: unknownSession })
  const { succeeded, step } = await door.push(ecrImage, { params: { 'propagation-wait': '30s' } })
  expect(step.stderr).toMatch(/retry +ECR_SESSION_NOT_ACCEPTED/)
  expect(succeeded).toBe(true)
})

test('says so when ECR goes on refusing the session, and asks the registry nothing', async () => {
  door.sandbox.faults.on({ standIn: 'ecr', fault: unknownSession })
  door.requests()
  const result = await door.push(ecrImage)
  expectEnd(result, 'ECR_SESSION_NOT_ACCEPTED', 77)
  expect(door.requests().filter((request) => request.startsWith('ecr-registry'))).toEqual([])
})

test('does not use a token of another tenant, and sends it nowhere', async () => {
  const tid = '00000000-1111-4222-8333-444444444444'
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const token = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ tid, aud: 'x', exp: 9_999_999_999 })}.signature`
  const body = JSON.stringify({ token_type: 'Bearer', expires_in: 3600, ext_expires_in: 3600, access_token: token })
  door.sandbox.faults.on({
    standIn: 'entra',
    fault: { kind: 'status', status: 200, contentType: 'application/json', body },
  })
  door.requests()
  const result = await door.push(acrImage)
  expectEnd(result, 'ENTRA_TENANT_DIFFERS', 77)
  expect(result.step.stderr).toContain(`asked tenant ${example.tenantId}`)
  expect(result.step.stderr).toContain(`answered tenant ${tid}`)
  expect(door.requests().filter((request) => request.startsWith('acr'))).toEqual([])
})

test('IMAGE_URL spells the host as registries do', async () => {
  const { results } = await door.push(acrImage.replace('contoso', 'CONTOSO'))
  expect(results['IMAGE_URL']).toBe(acrImage)
})

test('shows the inputs as they take effect also when one of them is wrong', async () => {
  const { step } = await door.push(acrImage, { params: { 'dry-run': 'yes' } })
  expect(step.status).toBe(64)
  expect(step.stderr.indexOf('input    dry-run')).toBeGreaterThan(0)
  expect(step.stderr.indexOf('input    dry-run')).toBeLessThan(step.stderr.indexOf('error    INPUT_INVALID'))
})
