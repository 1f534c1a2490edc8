import { appendFile, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { planPush } from '../../../steps/lib/oci/registry/plan.ts'
import { push } from '../../../steps/lib/oci/registry/push.ts'
import { startFakeRegistry } from './fake-registry.ts'
import { errorOf, simpleLayout, testClient } from './fixtures.ts'

test.each([
  ['shortened', async (file: string) => truncate(file, 100_000)],
  ['made longer', async (file: string) => appendFile(file, 'more')],
  ['overwritten in place', async (file: string) => writeFile(file, Buffer.alloc(2_000_000, 'z'))],
  ['taken away', async (file: string) => rm(file)],
  ['replaced by a link to the same bytes', replaceByLink],
])('never completes a blob that is %s between the check and the end of its upload', async (_, change) => {
  await using registry = await startFakeRegistry()
  await using layout = await simpleLayout(Buffer.alloc(2_000_000, 'a'))
  const client = testClient(registry.origin)
  const image = await layout.load()
  const [, layer] = image.blobs
  if (layer === undefined) throw new Error('no layer')
  const plan = await planPush(client, image, { tags: ['v1'] })
  await change(layout.file(layer), layout.outside('same'))
  const error = await errorOf(push({ image, targets: [{ client, plan }] }))
  expect(['LAYOUT_BLOB_CHANGED', 'LAYOUT_LINK_OUTSIDE', 'REGISTRY_DIGEST_REFUSED']).toContain(error.code)
  expect(registry.blobs.has(layer.digest)).toBe(false)
  expect(registry.manifests.size + registry.tags.size).toBe(0)
})

async function replaceByLink(file: string, outside: string): Promise<void> {
  await rename(file, outside)
  await symlink(outside, file)
}
