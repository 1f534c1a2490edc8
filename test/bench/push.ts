import { parseArgs } from 'node:util'
import { loadImage } from '../../steps/lib/oci/image.ts'
import { openSource } from '../../steps/lib/oci/source/open-source.ts'
import { planPush } from '../../steps/lib/oci/registry/plan.ts'
import { push } from '../../steps/lib/oci/registry/push.ts'
import { clientFor, patience, trustBenchCa } from './bare-registry.ts'

// The engine of `push-image` alone, for registries that ask nobody who they are:
// `push --source PATH --to http://HOST/REPOSITORY:TAG… [--scratch DIR]`. A CA to trust is in CA_PEM, as the step has one from its profile.
const { values } = parseArgs({
  options: {
    source: { type: 'string', default: '' },
    to: { type: 'string', multiple: true, default: [] },
    scratch: { type: 'string', default: '' },
  },
})

await trustBenchCa()
const { source: path, scratch } = values
const { signal } = patience
const source = await openSource(path, { platforms: [], compression: 'gzip', scratch, signal })
try {
  const image = await loadImage(source)
  const targets = await Promise.all(
    values.to.map(async (to) => {
      const { client, tag } = clientFor(to)
      return { client, plan: await planPush(client, image, { tags: [tag] }) }
    }),
  )
  await push({ image, targets })
} finally {
  await source.close()
}
// As the step does: what is still open must not keep it.
process.exit(0)
