import { stepError } from '../../core/errors.ts'
import type { Image } from '../image.ts'
import { expectStatus } from './answers.ts'
import { inParallel } from '../parallel.ts'
import type { RegistryClient } from './registry-client.ts'

const lookUpsAtOnce = 8

/**
 * Looks whether a registry still has every blob of an image, for a dry run. Many keep them behind links that allow nothing but reading: a redirect
 * counts as there. Throws REGISTRY_BLOB_MISSING, and what refuses the look-up.
 */
export async function probeBlobs(client: RegistryClient, image: Image): Promise<void> {
  const { registry, repository } = client
  await inParallel(image.blobs, lookUpsAtOnce, client.signal, async ({ digest }, signal) => {
    const one = client.until(signal)
    await one.patiently(async () => {
      const response = await one.send({ method: 'HEAD', url: one.url(`blobs/${digest}`) })
      if (response.status === 404) throw stepError('REGISTRY_BLOB_MISSING', { registry, repository, digest })
      if (response.status < 300 || response.status >= 400)
        expectStatus(one, response, { operation: 'headBlob', digest }, 200)
    })
  })
}
