import { parseArgs } from 'node:util'
import { loadImage } from '../../steps/lib/oci/image.ts'
import { planPush } from '../../steps/lib/oci/registry/plan.ts'
import { push } from '../../steps/lib/oci/registry/push.ts'
import { registrySource } from '../../steps/lib/oci/registry/registry-source.ts'
import { clientFor, trustBenchCa } from './bare-registry.ts'

// The engine of `copy-image` alone: `copy --from http://HOST/REPOSITORY:TAG --to http://HOST/REPOSITORY:TAG…`.
const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '' },
    to: { type: 'string', multiple: true, default: [] },
  },
})

await trustBenchCa()
const source = clientFor(values.from)
const image = await loadImage(registrySource(source.client, source.tag))
const targets = await Promise.all(
  values.to.map(async (to) => {
    const { client, tag } = clientFor(to)
    const looksForBlobs = client.origin !== source.client.origin
    return { client, plan: await planPush(client, image, { tags: [tag], looksForBlobs }) }
  }),
)
await push({ image, targets, mountFrom: source.client })
// As the step does: what is still open must not keep it.
process.exit(0)
