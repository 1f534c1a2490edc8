import { createHttpClient, type HttpClient } from '../../../steps/lib/http/client.ts'
import { trustCertificates } from '../../../steps/lib/http/trust.ts'

/** A way to the clouds of the suite, from what a pod's environment says: `HTTPS_PROXY`, and their CA as PEM in `CLOUDS_CA`. */
export function cloudsClient({ env }: Pick<NodeJS.Process, 'env'>): HttpClient {
  const { HTTPS_PROXY: httpsProxy = '', CLOUDS_CA: ca = '' } = env
  if (ca !== '') trustCertificates(ca)
  return createHttpClient({ userAgent: 'tekton-entra-suite', proxy: { httpsProxy, noProxy: '' } })
}
