import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../../steps/cli/control-client.ts'
import type { ControlAnswer } from '../../steps/cli/control-client.ts'
import { crashes } from '../sandbox/control/state-routes.ts'
import { textMember } from '../sandbox/registry/sample-acr.ts'
import { basic } from '../sandbox/registry/sample-ecr.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { hostOf } from '../sandbox/registry/sample-front.ts'
import { beginUpload, pushImage } from '../sandbox/registry/sample-image.ts'
import type { Target } from '../sandbox/registry/sample-image.ts'
import { startCliSandbox } from './command-line.ts'
import type { CliSandbox } from './command-line.ts'
import { exchange, token } from './entra-exchange.ts'

const password = 'example password of the suite'
const clusterIssuer = 'https://kubernetes.default.svc.cluster.local'

/** The example, where a scope map's token pushes too, and a real cluster is trusted. */
function clouds() {
  const cloud = exampleCloud()
  const scopeMapTokens = [
    { name: 'suite', passwords: [password], scopeMap: { '*': ['content/read', 'content/write'] as const } },
  ]
  return {
    ...cloud,
    issuers: [...cloud.issuers, { url: clusterIssuer, apiServer: { url: 'https://kubernetes.default.svc' } }],
    acrRegistries: cloud.acrRegistries.map((registry) => ({ ...registry, scopeMapTokens })),
  }
}

let sandbox: CliSandbox
let folder: string
let target: Target
let asked: (method: string, path: string, body?: unknown) => Promise<ControlAnswer>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
  await writeFile(join(folder, 'clouds.json'), JSON.stringify(clouds()))
  await writeFile(join(folder, 'control-token'), `${'t'.repeat(40)}\n`)
  const given = ['--config', join(folder, 'clouds.json'), '--control-token-file', join(folder, 'control-token')]
  sandbox = await startCliSandbox(given)
  const { control, caPem, proxy } = sandbox.description
  asked = async (method, path, body) => await ask({ control, controlToken: 't'.repeat(40) }, { method, path, body })
  const server = hostOf({ proxyUrl: proxy, caPem }, example.acrHost)
  const query = new URLSearchParams({ service: example.acrHost, scope: 'repository:ci/app:pull,push' })
  const answer = await server.ask('GET', `/oauth2/token?${query.toString()}`, { headers: basic('suite', password) })
  target = { server, repository: 'ci/app', headers: { authorization: `Bearer ${textMember(answer, 'access_token')}` } }
})
afterAll(async () => {
  await sandbox[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

test('the control address takes the token of the file, and no other', async () => {
  expect((await asked('GET', '/sandbox')).status).toBe(200)
  const { control } = sandbox.description
  for (const controlToken of ['', 't'.repeat(39), 't'.repeat(41)]) {
    for (const path of ['/sandbox', '/secrets', '/repositories', '/clock', '/crashes'])
      expect((await ask({ control, controlToken }, { method: 'GET', path })).status).toBe(401)
  }
})

test('the description has the CA, for those who do not see its file', async () => {
  expect(sandbox.description.caPem).toBe(await readFile(sandbox.description.caFile, 'utf8'))
})

describe('GET /repositories', () => {
  test('says what was pushed, and what was begun', async () => {
    const digest = String((await pushImage(target, 'v1')).headers['docker-content-digest'])
    await beginUpload(target)
    const pushed = { name: 'ci/app', tags: { v1: digest }, manifests: [digest], openUploads: 1 }
    const { status, json } = await asked('GET', '/repositories')
    expect(status).toBe(200)
    expect(json).toMatchObject({ registries: [{ host: example.ecrHost }, { host: example.acrHost }] })
    expect((await asked('GET', `/repositories?host=${example.acrHost}&repository=ci/app`)).json).toEqual({
      registries: [{ host: example.acrHost, repositories: [pushed] }],
    })
  })

  test('has nothing of a repository that is not there, and refuses a host that is not there', async () => {
    expect((await asked('GET', `/repositories?host=${example.acrHost}&repository=ci`)).json).toEqual({
      registries: [{ host: example.acrHost, repositories: [] }],
    })
    const refused = await asked('GET', `/repositories?host=${example.acrHost}x`)
    expect(refused.status).toBe(404)
    expect(refused.json).toEqual({ faults: [expect.stringContaining(`did you mean "${example.acrHost}"?`)] })
  })
})

describe('POST /clock', () => {
  test("moves the clouds' clock, by which a token expires and comes to life again", async () => {
    const jwt = await token(sandbox)
    expect(await exchange(sandbox, jwt)).toBe('200')
    const { now } = (await asked('POST', '/clock', { advanceSeconds: 7200 })).json as { now: string }
    expect(Math.round((Date.parse(now) - Date.now()) / 60_000)).toBe(120)
    expect(await exchange(sandbox, jwt)).toMatch(/^401 /)
    await asked('POST', '/clock', { advanceSeconds: -7200 })
    expect(await exchange(sandbox, jwt)).toBe('200')
    const after = (await asked('GET', '/clock')).json as { now: string }
    expect(Math.abs(Date.parse(after.now) - Date.now())).toBeLessThan(60_000)
  })

  test.each([undefined, {}, { advanceSeconds: '1h' }, { advanceSeconds: 1e12 }, { advance: 1 }])(
    'refuses %j, and the clock stays',
    async (body) => {
      const refused = await asked('POST', '/clock', body)
      expect(refused.status).toBe(400)
      const { now } = (await asked('GET', '/clock')).json as { now: string }
      expect(Math.abs(Date.parse(now) - Date.now())).toBeLessThan(60_000)
    },
  )
})

test('GET /secrets has every token that was handed out, and what the state holds', async () => {
  const jwt = await token(sandbox)
  const { secrets } = (await asked('GET', '/secrets')).json as { secrets: string[] }
  expect(secrets).toContain(jwt)
  expect(secrets).toContain(password)
  expect(secrets).toContain(target.headers?.['authorization']?.replace('Bearer ', ''))
})

test('GET /crashes is empty where no stand-in has thrown', async () => {
  expect(await asked('GET', '/crashes')).toEqual({ status: 200, json: { crashes: [] } })
})

test('a stand-in that has thrown is told with its place', () => {
  const [first, second] = crashes({ crashes: [new Error('a bug'), 'thrown as text'] })
  expect(first).toMatch(/^Error: a bug\n +at .*control\.test\.ts/s)
  expect(second).toBe('thrown as text')
})

test('a token of a real cluster is not minted, and the refusal says who makes it', async () => {
  const refused = await sandbox.call(['token', '--issuer', clusterIssuer])
  expect(refused).toMatchObject({ code: 64, stdout: '' })
  expect(refused.stderr.replace(/\s+/g, ' ')).toContain(`tokens of ${clusterIssuer} are signed by its API server alone`)
})
