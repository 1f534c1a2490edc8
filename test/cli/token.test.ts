import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startCliSandbox } from './command-line.ts'
import type { CliSandbox } from './command-line.ts'
import { exchange, token } from './entra-exchange.ts'

type Claims = Readonly<Record<string, unknown>> & { readonly iat: number; readonly exp: number; readonly nbf: number }

let sandbox: CliSandbox
beforeAll(async () => {
  sandbox = await startCliSandbox()
})
afterAll(async () => await sandbox[Symbol.asyncDispose]())

function claimsOf(jwt: string): Claims {
  return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Claims
}

describe('token', () => {
  test('gives a token that Entra takes, without a line end that an SDK would send along', async () => {
    const jwt = await token(sandbox)
    expect(jwt).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    expect(await exchange(sandbox, jwt)).toBe('200')
  })

  test.each<[what: string, args: readonly string[], answer: string]>([
    ['of another service account', ['--service-account', 'ci/intruder'], '401 AADSTS700213'],
    ['of another subject', ['--subject', 'system:serviceaccount:prod:builder'], '401 AADSTS700213'],
    ['for another audience', ['--audience', 'https://kubernetes.default.svc'], '401 AADSTS700212'],
    ['that has expired', ['--expired'], '401 AADSTS700024'],
    ['that is not valid yet', ['--not-before', '1h', '--expires-in', '2h'], '401 AADSTS700024'],
    ['with a key that is not published', ['--key', 'other'], '401 AADSTS700027'],
    ['with a forged signature', ['--key', 'forged'], '401 AADSTS700027'],
  ])('%s is refused by Entra', async (_, args, answer) => {
    expect((await exchange(sandbox, await token(sandbox, ...args))).slice(0, 12)).toBe(answer.slice(0, 12))
  })

  test('says what it was asked to say', async () => {
    const claims = claimsOf(
      await token(
        sandbox,
        '--subject=anything at all',
        '--audience=a',
        '--expires-in=10m',
        '--issuer=https://other.example/',
        '--claim=aud=["a","b"]',
        '--claim=note=free text',
        '--claim=n=1',
        '--without-claim=jti',
      ),
    )
    expect(claims).toMatchObject({
      sub: 'anything at all',
      iss: 'https://other.example/',
      aud: ['a', 'b'],
      note: 'free text',
      n: 1,
    })
    expect(claims.exp - claims.iat).toBe(600)
    expect(claims).not.toHaveProperty('jti')
    const expired = claimsOf(await token(sandbox, '--expired'))
    expect(expired.exp - expired.nbf).toBe(3600)
    expect(expired.exp).toBeLessThan(Date.now() / 1000 - 3000)
    expect(claimsOf(await token(sandbox, '--not-before', '2030-01-01T00:00:00Z')).nbf).toBe(Date.UTC(2030, 0) / 1000)
  })

  test('never stands in the log', async () => {
    const jwt = await token(sandbox)
    await exchange(sandbox, jwt)
    const { stdout } = await sandbox.call(['log', '--json'])
    expect(stdout).toContain('/oauth2/v2.0/token')
    expect(stdout).not.toContain(jwt.split('.')[2])
  })
})
