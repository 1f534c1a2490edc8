import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import type { SandboxConfig } from './config.ts'
import type { ApiServer } from './config-issuer.ts'
import { nothing } from './echo.ts'
import { askToken, contoso, issuer as contosoIssuer } from './entra/contoso.ts'
import { createEntra } from './entra/entra.ts'
import { createIssuers } from './issuer.ts'
import { startRealApiServer } from './real-api-server.ts'
import type { RealApiServer } from './real-api-server.ts'
import { startSandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'
import { throughProxy } from './through-proxy.ts'

// A federated credential of contoso's trusts it; it has a path, and a slash at its end.
const base = contosoIssuer.slice(0, -1)

let folder: string
let server: RealApiServer
let sandbox: Sandbox

const startWith = async (apiServer: Partial<ApiServer> = {}): Promise<void> => {
  const config: SandboxConfig = {
    ...contoso,
    issuers: [{ url: contosoIssuer, apiServer: { url: server.url, caFile: join(folder, 'ca.crt'), ...apiServer } }],
  }
  sandbox = await startSandbox(config, { standIns: (world) => [createIssuers(world), createEntra(world)] })
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-api-server-'))
  server = await startRealApiServer(contosoIssuer)
  await writeFile(join(folder, 'ca.crt'), server.caPem)
})
afterEach(async () => {
  await closeWithoutCrashes(sandbox)
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

const ask = async (path: string) => await throughProxy(sandbox, { url: `${base}${path}` })
const configuration = '/.well-known/openid-configuration'
const keys = '/openid/v1/jwks'

/** What Entra says to a token of the server: 200, or its error's number. */
async function exchange(token = server.signToken()): Promise<number> {
  const answer = await askToken(sandbox, {
    form: { client_assertion: token },
    token: { issuer: 'https://unused.example' },
  })
  return answer.status === 200 ? 200 : ((JSON.parse(answer.body) as { error_codes: number[] }).error_codes[0] ?? 0)
}

describe('an issuer with an API server', () => {
  test('publishes what the API server says, with its keys under the own host', async () => {
    await startWith()
    expect(JSON.parse((await ask(configuration)).body)).toEqual({ issuer: contosoIssuer, jwks_uri: `${base}${keys}` })
    const published = await ask(keys)
    expect(published.headers['content-type']).toBe('application/jwk-set+json')
    expect(JSON.parse(published.body)).toEqual({ keys: [expect.objectContaining({ kty: 'RSA', alg: 'RS256' })] })
    expect((await ask('/api/v1/secrets')).status).toBe(404)
    expect(server.asked.map(({ path }) => path)).toEqual([configuration, keys])
  })

  test('lets Entra take a token that the API server has signed, which the canary scan then searches for', async () => {
    await startWith()
    const token = server.signToken()
    expect(await exchange(token)).toBe(200)
    expect(sandbox.minted.all).toContain(token)
  })

  test('lets Entra refuse a token that somebody else has signed', async () => {
    await startWith()
    const [head, claims] = server.signToken().split('.')
    const [, , signature] = server.signToken({ sub: 'system:serviceaccount:ci:other' }).split('.')
    expect(await exchange(`${head}.${claims}.${signature}`)).not.toBe(200)
  })

  test('is refused by Entra where the API server calls itself otherwise', async () => {
    await startWith()
    server.answers.issuer = base
    expect(await exchange()).toBe(90061)
    expect(JSON.parse((await ask(configuration)).body)).toMatchObject({ issuer: base })
  })

  test('shows the API server the token that is in its file now, and no token where there is no file', async () => {
    const tokenFile = join(folder, 'token')
    await startWith({ tokenFile })
    server.answers.tokens = ['first']
    for (const [token, status] of [
      ['first\n', 200],
      ['second', 502],
      ['first', 200],
    ] as const) {
      await writeFile(tokenFile, token)
      expect((await ask(keys)).status).toBe(status)
    }
    expect(server.asked.map(({ authorization }) => authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      'Bearer first',
    ])
  })

  test('sends nothing of its own where no token file is named', async () => {
    await startWith()
    await ask(keys)
    expect(server.asked).toEqual([{ path: keys, authorization: undefined }])
  })
})

describe('an API server that gives no document is a bad gateway, which the journal explains and Entra refuses', () => {
  test.each<[string, RegExp, () => Promise<void> | void]>([
    ['has another CA', /certificate/, async () => await writeFile(join(folder, 'ca.crt'), sandbox.caPem)],
    ['has no CA file', /^caFile cannot be read: ENOENT/, async () => await rm(join(folder, 'ca.crt'))],
    ['is not there', /gave no answer: .*ECONNREFUSED/, async () => await server[Symbol.asyncDispose]()],
    ['is failing', /^the API server answered 503$/, () => void (server.answers.status = 503)],
    ['leads elsewhere', /^the API server answered 307$/, () => void (server.answers.status = 307)],
    ['gives a page', /^the API server gave no JSON object$/, () => void (server.answers.configuration = '<html>')],
    ['gives a list', /^the API server gave no JSON object$/, () => void (server.answers.configuration = '[]')],
    ['gives too much', /too long/, () => void (server.answers.configuration = ' '.repeat(2_000_000))],
  ])('because it %s', async (_, refused, spoil) => {
    await startWith()
    await spoil()
    const answer = await ask(configuration)
    expect(answer.status).toBe(502)
    expect(answer.headers['cache-control']).toBeUndefined()
    expect(sandbox.journal.entries.at(-1)).toMatchObject({ standIn: 'issuer', status: 502 })
    expect(sandbox.journal.entries.at(-1)?.refused).toMatch(refused)
    expect(await exchange()).toBe(90061)
  })
})

describe('what only the API server can do', () => {
  test('is refused: no token of its is minted, and no key of its is rotated', async () => {
    await startWith()
    const account = { namespace: 'ci', serviceAccount: 'builder' }
    expect(() => sandbox.mintToken(account)).toThrow(`tokens of ${contosoIssuer} are signed by its API server alone`)
    expect(() => sandbox.mintToken({ ...account, issuer: 'https://other.example' })).not.toThrow()
    expect(() => sandbox.rotateKeys({ issuer: contosoIssuer })).toThrow("are its API server's")
  })

  test.each(['http://10.0.0.1', 'https://user@kubernetes.default.svc', 'https://kubernetes.default.svc/?a'])(
    'and it is not asked at %s',
    async (url) => {
      await startWith()
      const issuers = [{ url: 'https://oidc.example', apiServer: { url } }]
      await expect(startSandbox({ ...nothing, issuers })).rejects.toThrow('issuers[0].apiServer.url')
    },
  )
})
