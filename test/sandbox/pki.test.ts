import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPki } from './pki.ts'
import type { Pki } from './pki.ts'

const hasOpenssl = spawnSync('openssl', ['version']).status === 0
if (!hasOpenssl) process.stderr.write('SKIPPED: no openssl here, the certificates are not checked with -x509_strict\n')

const longHost = `${'a'.repeat(60)}.${'b'.repeat(60)}.example`

let pki: Pki
let folder: string
beforeAll(async () => {
  pki = await createPki()
  folder = await mkdtemp(join(tmpdir(), 'sandbox-pki-'))
  await writeFile(join(folder, 'ca.crt'), pki.caPem)
})
afterAll(() => rm(folder, { recursive: true }))

function verify(file: string, name: string): string {
  const strict = ['-x509_strict', '-check_ss_sig', '-purpose', 'sslserver', '-verify_hostname', name]
  return spawnSync('openssl', ['verify', ...strict, '-CAfile', join(folder, 'ca.crt'), file]).stdout.toString()
}

describe('a certificate', () => {
  test.skipIf(!hasOpenssl).each(['login.microsoftonline.com', longHost])(
    'of %s passes openssl verify -x509_strict for that host, and for no other',
    async (name) => {
      const file = join(folder, `${name.length}.crt`)
      await writeFile(file, await pki.leafPem(name))
      expect(verify(file, name)).toBe(`${file}: OK\n`)
      expect(verify(file, 'other.example')).not.toContain('OK')
      const text = execFileSync('openssl', ['x509', '-in', file, '-noout', '-text']).toString()
      const extensions = [
        'Subject Key Identifier',
        'Authority Key Identifier',
        'CA:FALSE',
        'TLS Web Server Authentication',
      ]
      for (const extension of extensions) expect(text).toContain(extension)
    },
  )

  test('is valid since yesterday and for less than 397 days, by the real clock', async () => {
    const { validFromDate, validToDate } = new X509Certificate(await pki.leafPem('a.example'))
    const day = 86_400_000
    expect(Date.now() - validFromDate.getTime()).toBeGreaterThan(day / 2)
    expect(validToDate.getTime() - validFromDate.getTime()).toBeLessThan(397 * day)
    expect(validToDate.getTime()).toBeGreaterThan(Date.now() + 30 * day)
  })

  test('is made once per host', async () => {
    expect(await pki.leafPem('a.example')).toBe(await pki.leafPem('a.example'))
    expect(await pki.leafPem('a.example')).not.toBe(await pki.leafPem('b.example'))
  })
})
