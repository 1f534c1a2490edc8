import { afterEach, beforeEach, expect, test } from 'vitest'
import { badClaims } from './bad-claims.ts'
import { badForms } from './bad-forms.ts'
import { codesOf, openTenant, sign, v2Claims, type Tenant } from './entra-tenant.ts'

let tenant: Tenant
beforeEach(() => {
  tenant = openTenant()
})
afterEach(() => {
  const elsewhere = tenant.asked.filter((request) => !isOfTenant(request))
  if (elsewhere.length > 0) throw new Error(`keys were looked for elsewhere: ${elsewhere.join(', ')}`)
})

/** Keys are looked for at two addresses, whatever a token says. */
function isOfTenant(request: string): boolean {
  return /^GET https:\/\/login\.microsoftonline\.com\/6f1c9f4e-[\w-]+\/discovery\/(v2\.0\/)?keys$/.test(request)
}

test.each(badForms)('refuses %s (%s), and takes the good token beside it', async (_what, code, make) => {
  const good = sign(v2Claims)
  expect(codesOf(await tenant.verify(good))).toEqual([])
  await expectRefused(make(), [code])
})

test.each(badClaims)('refuses $what, and takes the good token beside it', async (row) => {
  const { codes, good = v2Claims, change, rules = {} } = row
  // Where the rule itself lets nobody in there is no good token but under other rules.
  const isClosed = rules.clients?.length === 0
  expect(codesOf(await tenant.verify(sign(good), isClosed ? {} : rules))).toEqual([])
  await expectRefused(sign({ ...good, ...change }), codes, rules)
})

test('the corpus has at least 60 tokens, each of another name', () => {
  const all = [...badForms.map(([what]) => what), ...badClaims.map(({ what }) => what)]
  expect(all.length).toBeGreaterThanOrEqual(60)
  expect(new Set(all).size).toBe(all.length)
})

/** Refused for this and nothing else; what is said holds neither the token nor a part of it, and says what was expected. */
async function expectRefused(token: string, codes: readonly string[], rules: Parameters<Tenant['verify']>[1] = {}) {
  const verdict = await tenant.verify(token, rules)
  expect(codesOf(verdict)).toEqual(codes)
  expect(verdict).not.toHaveProperty('token')
  const said = JSON.stringify(verdict)
  for (const part of token.split('.').filter((text) => text.length > 40)) expect(said).not.toContain(part.slice(0, 40))
  const faults = 'faults' in verdict ? verdict.faults : []
  for (const { got, expected } of faults)
    expect([got, expected]).toEqual([expect.stringMatching(/./), expect.stringMatching(/./)])
  expect(said.length).toBeLessThan(3000)
}
