import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { dockerFiles, tarOfLayout } from '../unit/oci/archive-fixtures.ts'
import { emptyLayout, foreignType, layerType, type TestDescriptor, type TestLayout } from '../unit/oci/fixtures.ts'
import { tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { cancelWhen } from './cancel-when.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { archiveName, expectPushed, heldUnder, pushArchive, scratchFiles, workspaceWith } from './source-workspace.ts'
import { expectEnd, told } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  const cloud = exampleCloud()
  // So that a test can ask the registry as everybody may.
  const acrRegistries = cloud.acrRegistries.map((one) => ({ ...one, anonymousPull: true }))
  door = await openFrontDoor({ ...cloud, acrRegistries })
})
afterAll(async () => await door[Symbol.asyncDispose]())

const registries = [
  ['ACR', acrImage],
  ['ECR', ecrImage],
] as const
const emptyType = 'application/vnd.oci.empty.v1+json'
const chartType = 'application/vnd.cncf.helm.config.v1+json'
const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

test.each(registries)('a Helm chart goes to %s byte for byte', async (_, image) => {
  await using layout = await emptyLayout()
  const config = await layout.blob(chartType, '{"name":"web","version":"1.4.2"}')
  const chart = gzipSync('the chart')
  const root = await layout.manifest([await layout.blob(chartLayer, chart)], { config })
  await layout.roots(root)
  const result = await pushArchive(door, await tarOfLayout(layout), { image })
  const held = expectPushed(door, result, image)
  expect(held.digest).toBe(root.digest)
  expect(held.manifest.config).toEqual(config)
  expect(await held.blob(held.manifest.layers[0] ?? root)).toEqual(chart)
})

test('an SBOM goes to ACR byte for byte, and the registry lists it beside its image', async () => {
  await using layout = await emptyLayout()
  const subject = await layout.manifest([await layout.blob(layerType, 'an image with an SBOM')])
  await layout.roots(subject)
  const pushed = await door.push(acrImage.replace('1.4.2', 'with-sbom'), { source: layout.path })
  expect(pushed.succeeded, pushed.step.stderr).toBe(true)
  const sbom = await sbomOf(layout, subject)
  const image = acrImage.replace(':1.4.2', ':sbom')
  const held = expectPushed(door, await door.push(image, { source: layout.path }), image)
  expect(held.digest).toBe(sbom.digest)
  expect(await referrersOf(subject.digest)).toEqual([
    expect.objectContaining({ digest: sbom.digest, artifactType: 'application/spdx+json', size: held.bytes.length }),
  ])
})

test('an SBOM without a tag is pushed by its digest only, and is listed all the same', async () => {
  await using layout = await emptyLayout()
  const subject = await layout.manifest([await layout.blob(layerType, 'an image that is elsewhere')])
  const sbom = await sbomOf(layout, subject)
  const result = await door.push(acrImage.replace(':1.4.2', ''), { source: layout.path })
  expect(result.results['IMAGE_DIGEST'], result.step.stderr).toBe(sbom.digest)
  expect(heldUnder(door, acrImage, sbom.digest).digest).toBe(sbom.digest)
  const listed = await referrersOf(subject.digest)
  expect(listed.map(({ digest }) => digest)).toEqual([sbom.digest])
})

test.each(registries)('layers that may not be distributed are not sent to %s, and each is named', async (_, image) => {
  await using layout = await emptyLayout()
  const layer = await layout.blob(layerType, `own ${image}`)
  const foreign = { ...layer, mediaType: foreignType, digest: `sha256:${'f'.repeat(64)}`, size: 1234 }
  await layout.roots(await layout.manifest([layer, foreign]))
  const result = await door.push(image, { source: layout.path })
  const held = expectPushed(door, result, image)
  expect(held.manifest.layers.map(({ digest }) => digest)).toEqual([layer.digest, foreign.digest])
  await expect(held.blob(foreign)).rejects.toThrow('has no blob')
  expect(told(result.step.stderr, 'skipped').join(' ').replace(/\s+/g, ' ')).toBe(
    `${foreign.digest} may not be distributed: pulled from its own URL`,
  )
})

test('nothing is left in the scratch volume when the run is cancelled in the middle of an upload from it', async () => {
  const off = door.sandbox.faults.on({
    standIn: 'acr',
    method: 'PUT',
    path: /blobs\/uploads/,
    fault: { kind: 'stall' },
  })
  const archive = gzipSync(tarOfFiles(dockerFiles({ layers: [Buffer.alloc(500_000, 'cancelled')] })))
  await using workspace = await workspaceWith({ [archiveName]: archive })
  const { result } = await cancelWhen(door, {
    image: acrImage.replace('1.4.2', 'cancelled'),
    holds: (stalled) => stalled > 0,
    variation: { source: workspace.folder, params: { path: archiveName } },
  })
  off()
  expectEnd(result, 'CANCELLED', 143)
  expect(scratchFiles(result)).toEqual([])
  expect(() => heldUnder(door, acrImage, 'cancelled')).toThrow('nothing under')
})

async function sbomOf(layout: TestLayout, subject: TestDescriptor): Promise<TestDescriptor> {
  const config = await layout.blob(emptyType, '{}')
  const content = await layout.blob('application/spdx+json', `{"about":"${subject.digest}"}`)
  const sbom = await layout.manifest([content], { config, artifactType: 'application/spdx+json', subject })
  await layout.roots(sbom)
  return sbom
}

/** As anybody may ask ACR: distribution-spec, "Listing Referrers". */
async function referrersOf(digest: string): Promise<{ digest: string }[]> {
  const { acrHost: host, repository } = example
  const scope = `https://${host}/oauth2/token?service=${host}&scope=repository:${repository}:pull`
  const token: { access_token: string } = JSON.parse((await throughProxy(door.sandbox, { url: scope })).body)
  const answer = await throughProxy(door.sandbox, {
    url: `https://${host}/v2/${repository}/referrers/${digest}`,
    headers: { authorization: `Bearer ${token.access_token}` },
  })
  expect(answer.status).toBe(200)
  const { manifests }: { manifests: { digest: string }[] } = JSON.parse(answer.body)
  return manifests
}
