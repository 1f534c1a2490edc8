import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { exampleCloud, example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { call, startCliSandbox } from './command-line.ts'
import type { CliSandbox } from './command-line.ts'

const run = promisify(execFile)
const discovery = `https://login.microsoftonline.com/${example.tenantId}/v2.0/.well-known/openid-configuration`

describe('a sandbox that is up', () => {
  let sandbox: CliSandbox
  beforeAll(async () => {
    sandbox = await startCliSandbox()
  })
  afterAll(async () => await sandbox[Symbol.asyncDispose]())

  test('says on standard output, in one line of JSON, how it is reached and what its state is', () => {
    const { description } = sandbox
    expect(description).toMatchObject({
      pid: sandbox.running.child.pid,
      proxy: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      state: join(sandbox.scratch, 'state'),
      config: exampleCloud(),
      environment: { HTTPS_PROXY: description.proxy, NO_PROXY: '', SSL_CERT_FILE: description.caFile },
    })
    expect(description.hosts).toMatchObject({
      issuer: ['oidc.cluster.example'],
      entra: ['login.microsoftonline.com', 'login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
      sts: ['sts.amazonaws.com', 'sts.eu-central-1.amazonaws.com'],
      'ecr-registry': [example.ecrHost],
      acr: [example.acrHost],
    })
  })

  test('answers a client that nobody here wrote, by what its environment file says alone', async () => {
    const script = `. ${sandbox.description.state}/env.sh && curl --silent --fail --max-time 20 ${discovery}`
    const { stdout } = await run('/bin/sh', ['-c', script], { env: { PATH: '/usr/bin:/bin' } })
    expect(JSON.parse(stdout)).toMatchObject({ issuer: discovery.replace(/\/\.well-known.*/, '') })
  })

  test('answers at every host that it names', async () => {
    const caPem = await readFile(sandbox.description.caFile, 'utf8')
    const hosts = Object.values(sandbox.description.hosts).flat()
    expect(hosts.length).toBeGreaterThan(7)
    for (const host of hosts) {
      const { status } = await throughProxy({ proxyUrl: sandbox.description.proxy, caPem }, { url: `https://${host}/` })
      expect(status).toBeGreaterThan(0)
    }
  })

  test('says on standard error how clients are pointed at it, in lines that no wrapping breaks', async () => {
    const told = await sandbox.running.until('stderr', /^more .*\n/m)
    expect(told).toMatch(
      /^az +az login .* --federated-token "\$\(npx tekton-entra token --service-account ci\/builder\)"$/m,
    )
    for (const word of ['shell', 'token', 'SDKs', 'aws', 'Go', 'docker', 'Task'])
      expect(told).toMatch(new RegExp(`^${word} `, 'm'))
  })

  test('keeps its files from other users, and its control token off standard output', async () => {
    const { state } = sandbox.description
    expect((await stat(state)).mode & 0o777).toBe(0o700)
    for (const name of ['sandbox.json', 'ca.crt', 'env.sh'])
      expect((await stat(join(state, name))).mode & 0o777).toBe(0o600)
    const { controlToken } = JSON.parse(await readFile(join(state, 'sandbox.json'), 'utf8')) as { controlToken: string }
    expect(controlToken).toMatch(/^[\w-]{43}$/)
    expect(JSON.stringify(sandbox.description)).not.toContain(controlToken)
    expect(await sandbox.running.until('stderr', /^more /m)).not.toContain(controlToken)
  })

  test('answers nothing at its control address without the token', async () => {
    const { url } = sandbox.description.control
    for (const authorization of ['', 'Bearer wrong']) {
      for (const [method, path] of [
        ['GET', '/sandbox'],
        ['POST', '/tokens'],
        ['GET', '/journal'],
        ['GET', '/nowhere'],
      ]) {
        const answer = await fetch(`${url}${path}`, { method: method ?? '', headers: { authorization } })
        expect(answer.status).toBe(401)
        expect(await answer.text()).toBe('{"faults":["the control token is missing or wrong"]}')
      }
    }
  })

  test('is not disturbed by a second one on its folder, which is refused', async () => {
    const second = await sandbox.call(['sandbox'])
    expect(second).toMatchObject({ code: 75, stdout: '' })
    expect(second.stderr).toContain(`process id ${sandbox.description.pid}`)
    expect((await sandbox.call(['token'])).code).toBe(0)
    expect(await readdir(sandbox.description.state)).toEqual(['ca.crt', 'env.sh', 'sandbox.json'])
  })
})

describe('the state of the clouds', () => {
  test('that is printed is a file that the sandbox takes', async () => {
    const printed = await call(['sandbox', '--print-config'])
    expect(printed).toMatchObject({ code: 0, stderr: '' })
    expect(parse(printed.stdout)).toEqual(exampleCloud())
    const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
    const file = join(folder, 'clouds.yaml')
    await writeFile(file, printed.stdout.replaceAll('ci:builder', 'apps:deployer'))
    try {
      await using sandbox = await startCliSandbox(['--config', file])
      expect(JSON.stringify(sandbox.description.config)).toContain('system:serviceaccount:apps:deployer')
      const again = await call(['sandbox', '--print-config', '--config', file])
      expect(parse(again.stdout)).toEqual(sandbox.description.config)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('that does not fit is refused with every fault, its line and its path, and no folder is made', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
    const file = join(folder, 'bad.yaml')
    await writeFile(file, 'issuers: []\ntenants:\n  - id: contoso\n    aps: []\naccounts:\n  - id: 123456789012\n')
    const refused = await call(['sandbox', '--config', file, '--state', join(folder, 'state')])
    expect(refused).toMatchObject({ code: 64, stdout: '' })
    const told = refused.stderr.replace(/\n {9}/g, ' ')
    for (const fault of [
      `${file}:3:9 tenants[0].id: got "contoso", expected a GUID`,
      `${file}:4:10 tenants[0].aps: unknown key; did you mean "apps"?`,
      'tenants[0].apps: missing, expected a list',
      'accounts[0].id: got 123456789012, expected the 12 digits of an AWS account (put it in quotes)',
      'acrRegistries: missing, expected a list',
    ]) {
      expect(told).toContain(fault)
    }
    expect(await readdir(folder)).toEqual(['bad.yaml'])
    await rm(folder, { recursive: true, force: true })
  })
})

test('a command without a sandbox says so, with 75', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
  for (const args of [['token'], ['fault', 'list'], ['log'], ['fault', 'add', '--kind', 'stall']]) {
    const called = await call(args, { env: { TEKTON_ENTRA_STATE: folder } })
    expect(called).toMatchObject({ code: 75, stdout: '' })
    expect(called.stderr).toContain(`no sandbox is running in ${folder}`)
  }
  await rm(folder, { recursive: true, force: true })
})
