import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask } from '../../steps/cli/control-client.ts'
import { listeningWarning } from '../../steps/cli/listen-options.ts'
import { httpUrl, isLoopback } from '../sandbox/listen.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { call, startCliSandbox } from './command-line.ts'
import { freePort } from '../free-port.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-cli-'))
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

test('a sandbox listens where it is told, with proxy and control address, and nowhere else', async () => {
  const [port, controlPort] = [await freePort('127.0.0.2'), await freePort('127.0.0.2')]
  const ports = ['--port', String(port), '--control-port', String(controlPort)]
  await using sandbox = await startCliSandbox(['--listen', '127.0.0.2', ...ports])
  const { proxy, control, environment, caPem, config } = sandbox.description
  expect(proxy).toBe(`http://127.0.0.2:${port}`)
  expect(control.url).toBe(`http://127.0.0.2:${controlPort}`)
  expect(environment['HTTPS_PROXY']).toBe(proxy)
  const url = `${config.issuers[0]?.url.replace(/\/$/, '')}/openid/v1/jwks`
  expect((await throughProxy({ proxyUrl: proxy, caPem }, { url })).status).toBe(200)
  expect((await sandbox.call(['token'])).code).toBe(0)
  for (const unheard of [port, controlPort])
    await expect(fetch(`http://127.0.0.1:${unheard}`)).rejects.toThrow('fetch failed')
  expect(await sandbox.running.until('stderr', /^more .*\n/m)).not.toContain('warning')
})

test('an advertised host stands in what clients are told, and not in the control address', async () => {
  await using sandbox = await startCliSandbox(['--advertise', 'clouds.suite.svc'])
  const { proxy, control, environment } = sandbox.description
  expect(proxy).toMatch(/^http:\/\/clouds\.suite\.svc:\d+$/)
  expect(environment).toMatchObject({ HTTPS_PROXY: proxy, https_proxy: proxy })
  expect(control.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  expect((await sandbox.call(['token'])).code).toBe(0)
})

describe('where a sandbox cannot listen', () => {
  test('every option that does not fit is told at once, with 64, and nothing is started', async () => {
    await writeFile(join(folder, 'short'), 'secret')
    const args = ['--listen', 'localhost', '--port', '70000', '--control-port', 'x', '--advertise', 'http://a:1']
    const refused = await call(['sandbox', ...args, '--control-token-file', join(folder, 'short')])
    expect(refused).toMatchObject({ code: 64, stdout: '' })
    for (const option of ['--listen', '--port', '--control-port', '--advertise', '--control-token-file'])
      expect(refused.stderr).toMatch(new RegExp(`^error +${option}: `, 'm'))
    expect(refused.stderr).not.toContain('secret')
  })

  test('an address that the machine does not have, and a port that another one has, end with 75', async () => {
    const state = ['--state', join(folder, 'state')]
    const far = await call(['sandbox', '--listen', '192.0.2.1', ...state])
    expect(far).toMatchObject({ code: 75, stdout: '' })
    expect(far.stderr).toContain('--listen: this machine does not have 192.0.2.1')
    await using first = await startCliSandbox()
    const taken = new URL(first.description.proxy).port
    const second = await call(['sandbox', '--control-port', taken, ...state])
    expect(second).toMatchObject({ code: 75, stdout: '' })
    expect(second.stderr).toContain(`--control-port: ${taken} cannot be used (EADDRINUSE)`)
  })
})

test('everything is remembered where that is asked for', async () => {
  await using sandbox = await startCliSandbox(['--remember', 'everything'])
  expect((await sandbox.call(['token'])).code).toBe(0)
  const wrong = await call(['sandbox', '--remember', 'nothing'])
  expect(wrong.code).toBe(64)
})

describe('listening beyond loopback', () => {
  test.each(['0.0.0.0', '::', '10.0.0.1', 'fd00::1'])('on %s is said, with what it means', (address) => {
    expect(listeningWarning({ address })).toMatch(/where others than this machine reach them.*control token/s)
  })

  test.each(['127.0.0.1', '127.0.0.2', '::1'])('%s is loopback', (address) => {
    expect(isLoopback(address)).toBe(true)
    expect(listeningWarning({ address })).toBeUndefined()
  })

  test('an IPv6 address stands in brackets', () => {
    expect(httpUrl('::1', 80)).toBe('http://[::1]:80')
    expect(httpUrl('clouds', '80')).toBe('http://clouds:80')
  })
})

test('whoever steers from outside needs address and token only', async () => {
  await writeFile(join(folder, 'token'), 'a-control-token-of-the-suite-that-is-long-enough')
  await using sandbox = await startCliSandbox(['--control-token-file', join(folder, 'token')])
  const { url } = sandbox.description.control
  const controlToken = 'a-control-token-of-the-suite-that-is-long-enough'
  const answer = await ask({ control: { url }, controlToken }, { method: 'GET', path: '/sandbox' })
  expect(answer).toMatchObject({ status: 200, json: { proxy: sandbox.description.proxy } })
})
