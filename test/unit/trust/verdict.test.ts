import { describe, expect, test } from 'vitest'
import { stepError } from '../../../steps/lib/core/errors.ts'
import { isPrivateIssuer } from '../../../steps/lib/trust/judge-issuer.ts'
import type { Findings } from '../../../steps/lib/trust/findings.ts'
import type { Row } from '../../../steps/lib/trust/row.ts'
import { judge, shortNames } from '../../../steps/lib/trust/verdict.ts'
import { example } from '../../sandbox/example-cloud.ts'

test.each([
  ['https://kubernetes.default.svc', true],
  ['https://kubernetes.default.svc.cluster.local', true],
  ['https://10.96.0.1/', true],
  ['https://172.20.0.1', true],
  ['https://192.168.1.10:6443', true],
  ['https://[fd00::1]/', true],
  ['https://localhost:6443', true],
  ['https://k8s.corp/', true],
  ['https://oidc.cluster.example/4f2a/', false],
  ['https://172.64.0.1/', false],
  ['https://westeurope.oic.prod-aks.azure.com/tenant/cluster/', false],
  ['https://10.example.com/', false],
])('%s is private: %s', (issuer, isPrivate) => {
  expect(isPrivateIssuer(issuer)).toBe(isPrivate)
})

const bare: Findings = { tokens: [], issuers: [], pushes: [] }
const entra: NonNullable<Findings['entra']> = {
  tenantId: example.tenantId,
  clientId: example.clientId,
  cloud: 'AzureCloud',
  proof: 'cluster',
  exchanges: [],
  credentials: { unseen: 'nobody looked' },
}
const unreachable = stepError('NETWORK_UNREACHABLE', { host: 'login.microsoftonline.com', reason: 'ENOTFOUND' })
const missing = stepError('TOKEN_FILE_MISSING', { path: '/token', reason: 'ENOENT' })

describe('the verdict', () => {
  test('is undecided where only the way to a cloud failed, and broken as soon as anything else did', () => {
    const exchange = { resource: 'api://x', isOwn: true, result: { error: unreachable } } as const
    const only = judge({ ...bare, entra: { ...entra, exchanges: [exchange] } })
    expect(only.verdict).toBe('undecided')
    expect(only.rows.find(({ check }) => check === 'client')).toMatchObject({ standing: 'not seen' })
    const both = judge({
      ...bare,
      tokens: [{ shownTo: 'AWS', token: { error: missing } }],
      entra: { ...entra, exchanges: [exchange] },
    })
    expect(both.verdict).toBe('broken')
  })

  test('of a token that is missing everything follows, and the token alone is the cause', () => {
    const exchange = { resource: 'api://x', isOwn: true, result: { error: missing } } as const
    const { rows } = judge({
      ...bare,
      tokens: [{ shownTo: 'Entra', token: { error: missing } }],
      entra: { ...entra, exchanges: [exchange] },
    })
    expect(rows.map(({ check, standing }) => `${standing} ${check}`)).toEqual([
      'failed token',
      'follows client',
      'follows credential',
      'follows credential-count',
      'follows exchange',
    ])
  })
})

test('names for a result fit into it, and what is left out is counted', () => {
  const row = (cause: string): Row => ({ check: 'push', about: 'x', standing: 'failed', cause, text: '' })
  const verdict = { verdict: 'broken' as const, rows: Array.from({ length: 40 }, (_, at) => row(`cause-number-${at}`)) }
  const names = shortNames(verdict, 'failed')
  expect(names.length).toBeLessThanOrEqual(200)
  const [, left] = /^(?:push:cause-number-\d+,)+\+(\d+)$/.exec(names) ?? []
  expect(Number(left)).toBe(40 - names.split(',').length + 1)
  expect(shortNames(verdict, 'weak')).toBe('')
})
