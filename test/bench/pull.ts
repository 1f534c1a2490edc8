import { basename, dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { loadImage } from '../../steps/lib/oci/image.ts'
import { registrySource } from '../../steps/lib/oci/registry/registry-source.ts'
import { storeImage } from '../../steps/lib/oci/store/store-image.ts'
import { clientFor, patience, trustBenchCa } from './bare-registry.ts'

// The engine of `pull-image` alone: `pull --from http://HOST/REPOSITORY:TAG --into FOLDER`.
const { values } = parseArgs({
  options: { from: { type: 'string', default: '' }, into: { type: 'string', default: '' } },
})

await trustBenchCa()
const { client, tag } = clientFor(values.from)
const image = await loadImage(registrySource(client, tag))
const progress = { sent: () => undefined, blobDone: () => undefined }
const { signal } = patience
await storeImage({
  image,
  workspace: dirname(values.into),
  path: basename(values.into),
  refName: tag,
  concurrency: 4,
  signal,
  progress,
})
process.exit(0)
