import { expect, test } from 'vitest'
import type { PropagationCode } from '../faults.ts'
import { createIssuers } from '../issuer.ts'
import { startSandbox } from '../sandbox.ts'
import { askToken, contoso } from './contoso.ts'
import { createEntra } from './entra.ts'

test.each<PropagationCode>([70021, 70025, 700211, 700212, 700213])(
  'a federated credential on its way is refused with AADSTS%i, then found',
  async (code) => {
    await using sandbox = await startSandbox(contoso, {
      standIns: (world) => [createIssuers(world), createEntra(world)],
      faults: [{ times: 2, fault: { kind: 'propagation', code } }],
    })
    const codes = []
    for (let attempt = 0; attempt < 3; attempt += 1)
      codes.push(JSON.parse((await askToken(sandbox)).body).error_codes?.[0])
    expect(codes).toEqual([code, code, undefined])
    expect(sandbox.crashes).toEqual([])
  },
)

test('an issuer that fails or stalls is AADSTS90061, and the next try may succeed', async () => {
  await using sandbox = await startSandbox(contoso, {
    standIns: (world) => [createIssuers(world), createEntra(world)],
    faults: [
      { standIn: 'issuer', path: /jwks$/, times: 1, fault: { kind: 'status', status: 503 } },
      { standIn: 'issuer', path: /openid-configuration$/, from: 2, times: 1, fault: { kind: 'truncate', bytes: 10 } },
      { standIn: 'issuer', path: /openid-configuration$/, from: 3, times: 1, fault: { kind: 'reset-before' } },
    ],
  })
  const codes = []
  for (let attempt = 0; attempt < 4; attempt += 1)
    codes.push(JSON.parse((await askToken(sandbox)).body).error_codes?.[0])
  expect(codes).toEqual([90061, 90061, 90061, undefined])
})
