import { parseArgs } from 'node:util'
import { systemClock } from '../../steps/lib/core/clock.ts'
import { Secret } from '../../steps/lib/core/secret.ts'
import { createHttpClient, type HttpClient } from '../../steps/lib/http/client.ts'
import { loadImage } from '../../steps/lib/oci/image.ts'
import { openSource } from '../../steps/lib/oci/source/open-source.ts'
import { planPush } from '../../steps/lib/oci/registry/plan.ts'
import { push } from '../../steps/lib/oci/registry/push.ts'
import { RegistryClient } from '../../steps/lib/oci/registry/registry-client.ts'

// The engine of `push-image` alone, for registries that ask nobody who they are:
// `push --source PATH --to http://HOST/REPOSITORY:TAG… [--scratch DIR]`. A CA to trust is in CA_PEM, as the step has one from its profile.
const { values } = parseArgs({
  options: {
    source: { type: 'string', default: '' },
    to: { type: 'string', multiple: true, default: [] },
    scratch: { type: 'string', default: '' },
  },
})

const caPem = process.env['CA_PEM'] ?? ''
if (caPem !== '') (await import('../../steps/lib/http/trust.ts')).trustCertificates(caPem)

const signal = new AbortController().signal
const patience = {
  clock: systemClock,
  random: Math.random,
  signal,
  deadlineAt: Date.now() + 3_600_000,
  propagationWaitMs: 0,
  // A retry would be a fault here.
  onRetry: (error: Error): never => {
    throw error
  },
}
const http = withoutCredential(createHttpClient({ userAgent: 'tekton-entra-bench', plainHttp: true }))

function withoutCredential(client: HttpClient): HttpClient {
  return { ...client, send: async ({ authorization: _none, ...request }) => await client.send(request) }
}

function clientFor(to: string): { client: RegistryClient; tag: string } {
  const { origin, pathname } = new URL(to)
  const [, repository = '', tag = ''] = /^\/(.+):([^:]+)$/.exec(pathname) ?? []
  const authorizer = { authorization: async () => new Secret(''), renew: async () => undefined }
  const where = { origin: new URL(origin), repository, authorizer, cancelsUploads: true }
  return { client: new RegistryClient({ ...where, http, patience }), tag }
}

const { source: path, scratch } = values
const source = await openSource(path, { platforms: [], compression: 'gzip', scratch, signal })
try {
  const image = await loadImage(source)
  const targets = await Promise.all(
    values.to.map(async (to) => {
      const { client, tag } = clientFor(to)
      return { client, plan: await planPush(client, image, [tag]) }
    }),
  )
  await push({ image, targets })
} finally {
  await source.close()
}
// As the step does: what is still open must not keep it.
process.exit(0)
