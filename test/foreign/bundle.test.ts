import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeBundle } from '../../steps/lib/catalog/bundle.ts'
import { writeBundleLayout } from '../../steps/lib/catalog/bundle-layout.ts'
import { serveLayouts, type LayoutServer } from '../cluster/image/serve-layout.ts'
import { mustRun } from '../cluster/run-program.ts'
import { pushImageStepAction, pushImageTask } from '../unit/catalog/bundle-fixtures.ts'
import { skipWithout, toolPath } from './tools.ts'

const bundle = makeBundle([pushImageTask, pushImageStepAction])
let folder: string
let server: LayoutServer
let image: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'))
  await writeBundleLayout(bundle, join(folder, 'tasks/push-image'), '0.1.0')
  server = await serveLayouts(folder, { port: 0, host: '127.0.0.1' })
  image = `${new URL(server.origin).host}/tasks/push-image`
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

test('skopeo reads a bundle from its layout and from our small registry, and copies it whole', async (context) => {
  skipWithout(context, 'skopeo')
  const skopeo = async (...args: string[]) => await mustRun([toolPath('skopeo'), '--insecure-policy', ...args])
  const inspected = JSON.parse(await skopeo('inspect', `oci:${folder}/tasks/push-image:0.1.0`))
  expect(inspected).toMatchObject({ Digest: bundle.root.digest, Layers: { length: 2 } })
  const from = `docker://${image}:0.1.0`
  expect(JSON.parse(await skopeo('inspect', '--tls-verify=false', from))).toMatchObject({
    Digest: bundle.root.digest,
    RepoTags: ['0.1.0'],
  })
  await skopeo('copy', '--quiet', '--src-tls-verify=false', from, `oci:${folder}/copied:0.1.0`)
  expect(JSON.parse(await skopeo('inspect', `oci:${folder}/copied:0.1.0`))).toEqual(inspected)
})

test('GNU tar takes the object out of a layer that skopeo has fetched', async (context) => {
  skipWithout(context, 'skopeo', 'tar')
  const place = join(folder, 'fetched')
  const from = `docker://${image}@${bundle.root.digest}`
  await mustRun([toolPath('skopeo'), '--insecure-policy', 'copy', '--src-tls-verify=false', from, `dir:${place}`])
  const { layers } = JSON.parse(bundle.blobs.get(bundle.root.digest)?.toString() ?? '') as {
    layers: { digest: string }[]
  }
  const [task] = layers.map(({ digest }) => join(place, digest.replace('sha256:', '')))
  expect(await mustRun([toolPath('tar'), '-xzOf', task ?? '', 'task.yaml'])).toBe(pushImageTask)
})

test('crane validates the bundle by digest', async (context) => {
  skipWithout(context, 'crane')
  const told = await mustRun([
    toolPath('crane'),
    'validate',
    '--insecure',
    '--remote',
    `${image}@${bundle.root.digest}`,
  ])
  expect(told).toContain('PASS')
})
