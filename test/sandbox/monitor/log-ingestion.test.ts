import { afterAll, beforeAll, expect, test } from 'vitest'
import { exchangedToken } from '../exchange-token.ts'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { impossibleState } from '../config-rules.ts'
import { example, exampleCloud } from '../example-cloud.ts'
import { startSandbox, type Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import { rowsOf } from './rows.ts'

const host = 'audit-a1b2.westeurope-1.ingest.monitor.azure.com'
const immutableId = `dcr-${'a'.repeat(32)}`
const path = `/dataCollectionRules/${immutableId}/streams/Custom-Records?api-version=2023-01-01`
const rule = {
  host,
  immutableId,
  tenantId: example.tenantId,
  publishers: [example.principalId],
  streams: {
    'Custom-Records': [
      { name: 'TimeGenerated', type: 'datetime' },
      { name: 'Event', type: 'string' },
    ],
  },
} as const

let sandbox: Sandbox
let token = ''
beforeAll(async () => {
  sandbox = await startSandbox({
    ...exampleCloud(),
    logIngestion: [rule, { ...rule, immutableId: `dcr-${'b'.repeat(32)}`, publishers: [] }],
  })
  token = await tokenFor('https://monitor.azure.com')
})
afterAll(async () => await closeWithoutCrashes(sandbox))

async function tokenFor(resource: string): Promise<string> {
  const { namespace, serviceAccount } = example
  return await exchangedToken(sandbox, { assertion: sandbox.mintToken({ namespace, serviceAccount }), resource })
}

type Call = {
  readonly to?: string
  readonly body?: unknown
  readonly type?: string
  readonly as?: string
  readonly method?: string
}

const good = { TimeGenerated: '2026-01-02T03:04:05Z', Event: 'x' }

async function ask({ to = path, body = [good], type = 'application/json', as = token, method = 'POST' }: Call = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = await throughProxy(sandbox, {
    url: `https://${host}${to}`,
    method,
    headers: { 'content-type': type, ...(as === '' ? {} : { authorization: `Bearer ${as}` }) },
    body: text,
  })
  return { status: answer.status, code: /"code":"(\w+)"/.exec(answer.body)?.[1] }
}

test('keeps the columns that the stream declares, and drops all others without a word', async () => {
  expect(await ask({ body: [{ ...good, Secret: 'y' }, good] })).toEqual({ status: 204, code: undefined })
  const own = { immutableId, stream: 'Custom-Records', columns: good, writer: example.principalId }
  expect(rowsOf(sandbox.world)).toEqual([own, own])
})

test.each<[what: string, call: () => Call | Promise<Call>, status: number, code: string]>([
  ['no token', () => ({ as: '' }), 401, 'InvalidToken'],
  ['a forged token', () => ({ as: `${token.slice(0, -4)}AAAA` }), 401, 'InvalidToken'],
  [
    'a token for another API',
    async () => ({ as: await tokenFor('https://storage.azure.com') }),
    401,
    'InvalidAudience',
  ],
  [
    'an identity without the role',
    () => ({ to: path.replaceAll('a'.repeat(32), 'b'.repeat(32)) }),
    403,
    'OperationFailed',
  ],
  ['a rule that there is not', () => ({ to: path.replaceAll('a'.repeat(32), 'c'.repeat(32)) }), 404, 'NotFound'],
  ['another stream', () => ({ to: path.replace('Records', 'Other') }), 400, 'InvalidStream'],
  ['another version', () => ({ to: path.replace('2023', '2021') }), 400, 'InvalidApiVersion'],
  ['another path', () => ({ to: '/events' }), 404, 'NotFound'],
  ['GET', () => ({ method: 'GET', body: '' }), 405, 'MethodNotAllowed'],
  ['another content type', () => ({ type: 'text/plain' }), 415, 'UnsupportedMediaType'],
  ['one object', () => ({ body: good }), 400, 'InvalidPayload'],
  ['no row', () => ({ body: [] }), 400, 'InvalidPayload'],
  ['what is no JSON', () => ({ body: '[' }), 400, 'InvalidPayload'],
  ['a time that is none', () => ({ body: [{ ...good, TimeGenerated: 'today' }] }), 400, 'InvalidRecord'],
  ['a column of another type', () => ({ body: [{ ...good, Event: 1 }] }), 400, 'InvalidRecord'],
  ['a field of more than 64 KB', () => ({ body: [{ ...good, Event: 'x'.repeat(65_537) }] }), 400, 'InvalidRecord'],
  ['more than 1 MB', () => ({ body: 'x'.repeat(1_048_577) }), 413, 'ContentLengthLimitExceeded'],
])('refuses %s', async (_what, call, status, code) => {
  const before = rowsOf(sandbox.world).length
  expect(await ask(await call())).toEqual({ status, code })
  expect(rowsOf(sandbox.world)).toHaveLength(before)
})

test('does not start with one rule twice, nor for a tenant that there is not', () => {
  const foreign = { ...rule, tenantId: example.clientId }
  const faults = impossibleState({ ...exampleCloud(), logIngestion: [rule, foreign] }).join('\n')
  expect(faults).toContain(`${immutableId} is there twice`)
  expect(faults).toContain(`logIngestion[1].tenantId: there is no tenant ${example.clientId}`)
})
