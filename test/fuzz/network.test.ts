import * as fc from 'fast-check'
import { expect } from 'vitest'
import type { Fault } from '../../steps/lib/core/errors.ts'
import { createHttpClient } from '../../steps/lib/http/client.ts'
import { certificatesOf } from '../../steps/lib/http/trust.ts'
import { readNetwork } from '../../steps/lib/step/network.ts'
import { createPki } from '../sandbox/pki.ts'
import { certificateCorpus, proxyCorpus } from './corpus/network.ts'
import { almost, anyText, fuzz } from './fuzz.ts'

const proxy = fc
  .tuple(
    fc.constantFrom('http', 'https'),
    fc.option(fc.tuple(fc.webSegment(), fc.webSegment())),
    fc.domain(),
    fc.nat(65_535),
  )
  .map(([scheme, login, host, port]) => `${scheme}://${login === null ? '' : `${login.join(':')}@`}${host}:${port}`)
const noProxy = fc.oneof(
  anyText('.,*:/0123456789abc'),
  fc.array(fc.domain()).map((hosts) => hosts.join(',')),
)

fuzz(
  'a proxy that is taken can be used; what is not is a fault that does not show it',
  {
    from: fc.tuple(fc.oneof(proxy, almost(proxy, ':/@%[]'), anyText('http://@:%')), noProxy),
    corpus: proxyCorpus.map((text): [string, string] => [text, '']),
    runs: 1000,
  },
  ([httpsProxy, without]) => {
    const faults: Fault[] = []
    const network = readNetwork({ PROFILE_HTTPS_PROXY: httpsProxy, PROFILE_NO_PROXY: without }, faults)
    expect(network).toMatchObject({ httpsProxy: httpsProxy.trim(), noProxy: without.trim() })
    if (faults.length === 0) createHttpClient({ userAgent: 'fuzz', proxy: network }).close()
    const told = JSON.stringify(faults)
    expect(httpsProxy.trim().length > 20 && told.includes(JSON.stringify(httpsProxy.trim()).slice(1, -1))).toBe(false)
  },
)

const { caPem } = await createPki()
const junk = anyText('-\n ').filter((text) => !/-----(BEGIN|END) CERTIFICATE-----/.test(text))

fuzz(
  'certificates are found between any other text, all of them, in order',
  { from: fc.array(junk, { minLength: 1, maxLength: 4 }) },
  (texts) => {
    const pem = texts.join(caPem)
    expect(certificatesOf(pem)).toEqual(texts.slice(1).map(() => caPem.trim()))
  },
)

fuzz(
  'what is no certificate is a fault that does not show it',
  {
    from: fc.oneof(almost(fc.constant(caPem), '-\n='), anyText('-BEGIN CERTIFICATE')),
    corpus: certificateCorpus,
    runs: 300,
  },
  (pem) => {
    const faults: Fault[] = []
    const { caCertificates } = readNetwork({ PROFILE_CA_CRT: pem }, faults)
    expect(caCertificates).toBe(pem.trim())
    expect(faults.map(({ param, got }) => `${param} ${got}`)).toEqual(
      faults.length === 0 ? [] : ['ca.crt (profile) something else'],
    )
    expect(pem.trim() === '' || faults.length > 0 || certificatesOf(pem).length > 0).toBe(true)
  },
)
