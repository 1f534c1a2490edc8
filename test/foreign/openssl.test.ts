import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { startForeignCloud } from './cloud.ts'
import type { Ended, ForeignCloud } from './cloud.ts'
import { skipWithout, toolPath } from './tools.ts'

let cloud: ForeignCloud
beforeAll(async () => {
  cloud = await startForeignCloud()
})
beforeEach((context) => skipWithout(context, 'openssl'))
afterAll(async () => {
  await cloud.close()
})

/** A TLS handshake in a tunnel of the proxy, with the checks of RFC 5280 turned up. */
const handshake = async (host: string, expected: string = host): Promise<Ended> => {
  const proxy = new URL(cloud.sandbox.proxyUrl).host
  const trust = ['-CAfile', await cloud.sandbox.caFile(cloud.folder), '-x509_strict', '-verify_return_error']
  const names = ['-servername', host, '-verify_hostname', expected]
  return await cloud.run(toolPath('openssl'), [
    's_client',
    '-proxy',
    proxy,
    '-connect',
    `${host}:443`,
    ...names,
    ...trust,
  ])
}

const hosts = [
  'login.microsoftonline.com',
  `sts.${example.region}.amazonaws.com`,
  `api.ecr.${example.region}.amazonaws.com`,
  example.ecrHost,
  example.acrHost,
] as const

test('openssl finds a certificate for every cloud under its real name', async () => {
  for (const host of hosts) {
    const { stdout } = await handshake(host)
    expect([host, stdout]).toEqual([host, expect.stringContaining('Verify return code: 0 (ok)')])
  }
})

test('openssl refuses the certificate of one host for another', async () => {
  const { code, stdout } = await handshake(example.acrHost, example.ecrHost)
  expect([code, stdout]).toEqual([1, expect.stringContaining('hostname mismatch')])
})

test('openssl gets no tunnel to a host that the sandbox does not know', async () => {
  const { code, stdout, stderr } = await handshake('www.example.com')
  expect(code).toBe(1)
  expect(`${stdout}${stderr}`).toContain('403')
})
