import { systemClock } from '../../steps/lib/core/clock.ts'
import { createHttpClient } from '../../steps/lib/http/client.ts'
import { RegistryClient } from '../../steps/lib/oci/registry/registry-client.ts'

/** Registries that ask nobody who they are, for the programs of the benchmark. Retries would be faults here. */
export const patience = {
  clock: systemClock,
  random: Math.random,
  signal: new AbortController().signal,
  deadlineAt: Date.now() + 3_600_000,
  propagationWaitMs: 0,
  onRetry: (error: Error): never => {
    throw error
  },
}

const http = createHttpClient({ userAgent: 'tekton-entra-bench', plainHttp: true })

/** The repository and the tag of `http://HOST/REPOSITORY:TAG`. */
export function clientFor(to: string): { client: RegistryClient; tag: string } {
  const { origin, pathname } = new URL(to)
  const [, repository = '', tag = ''] = /^\/(.+):([^:]+)$/.exec(pathname) ?? []
  const authorizer = { authorization: async () => undefined, renew: async () => undefined }
  const where = { origin: new URL(origin), repository, authorizer, cancelsUploads: true }
  return { client: new RegistryClient({ ...where, http, patience }), tag }
}

/** Trusts the CA in CA_PEM, as a step has one from its profile. */
export async function trustBenchCa(): Promise<void> {
  const caPem = process.env['CA_PEM'] ?? ''
  if (caPem !== '') (await import('../../steps/lib/http/trust.ts')).trustCertificates(caPem)
}
