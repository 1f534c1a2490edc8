import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { BundleError, makeBundle } from '../../../steps/lib/catalog/bundle.ts'
import { bundleImage } from '../../../steps/lib/catalog/bundle-image.ts'
import { writeBundleLayout } from '../../../steps/lib/catalog/bundle-layout.ts'
import { openLayout } from '../../../steps/lib/oci/source/layout.ts'
import { loadImage } from '../../../steps/lib/oci/image.ts'
import { planPush } from '../../../steps/lib/oci/registry/plan.ts'
import { pushImage, testClient } from '../oci/fixtures.ts'
import { startFakeRegistry } from '../oci/fake-registry.ts'
import { pipeline, pushImageStepAction, pushImageTask } from './bundle-fixtures.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

const objects = [pushImageTask, pushImageStepAction, pipeline('release')]

type Descriptor = { mediaType: string; digest: string; size: number; annotations?: Record<string, string> }

const sha256 = (bytes: Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

/** Reads a blob of the layout as a stranger would: by its path, its size and its digest. */
function readBlob(layout: string, { digest, size }: Descriptor): Buffer {
  const bytes = readFileSync(join(layout, 'blobs', ...digest.split(':')))
  expect([sha256(bytes), bytes.length]).toEqual([digest, size])
  return bytes
}

/** The files of a tar archive, by POSIX.1-1988 alone. */
function untar(
  tar: Buffer,
): { name: string; mode: string; owners: string; mtime: string; type: string; text: string }[] {
  const files = []
  let at = 0
  for (; tar[at] !== 0; at += 512) {
    const field = (from: number, length: number) =>
      tar
        .subarray(at + from, at + from + length)
        .toString('latin1')
        .replace(/\0.*$/, '')
    const head = Buffer.from(tar.subarray(at, at + 512)).fill(' ', 148, 156)
    expect(Number.parseInt(field(148, 8), 8)).toBe(head.reduce((sum, byte) => sum + byte, 0))
    expect(field(257, 6)).toBe('ustar')
    const size = Number.parseInt(field(124, 12), 8)
    const text = tar.subarray(at + 512, at + 512 + size).toString()
    const owners = `${field(108, 8)} ${field(116, 8)}`
    files.push({ name: field(0, 100), mode: field(100, 8), owners, mtime: field(136, 12), type: field(156, 1), text })
    at += Math.ceil(size / 512) * 512
  }
  expect(tar.subarray(at).equals(Buffer.alloc(1024))).toBe(true)
  return files
}

test('each object is a layer of one file, named as Tekton Bundle Contract v0.1 has it', async () => {
  const layout = join(folder, 'three')
  await writeBundleLayout(makeBundle(objects), layout, '0.1.0')
  expect(JSON.parse(readFileSync(join(layout, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' })
  const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'))
  expect(index.manifests).toMatchObject([{ annotations: { 'org.opencontainers.image.ref.name': '0.1.0' } }])
  const manifest = JSON.parse(readBlob(layout, index.manifests[0]).toString())
  expect(manifest.mediaType).toBe(index.manifests[0].mediaType)
  const layers: Descriptor[] = manifest.layers
  expect(layers.map(({ annotations }) => annotations)).toEqual([
    named('tekton.dev/v1', 'task', 'push-image'),
    named('tekton.dev/v1beta1', 'stepaction', 'push-image'),
    named('tekton.dev/v1', 'pipeline', 'release'),
  ])
  const tars = layers.map((layer) => gunzipSync(readBlob(layout, layer)))
  const config = JSON.parse(readBlob(layout, manifest.config).toString())
  expect(config.rootfs).toEqual({ type: 'layers', diff_ids: tars.map(sha256) })
  const files = tars.map(untar)
  const fixed = { mode: '0000644', owners: '0000000 0000000', mtime: '00000000000', type: '0' }
  expect(files).toMatchObject([
    [{ ...fixed, name: 'task.yaml', text: pushImageTask }],
    [{ ...fixed, name: 'stepaction.yaml', text: pushImageStepAction }],
    [{ ...fixed, name: 'pipeline.yaml' }],
  ])
  expect(parse(files[2]?.[0]?.text ?? '')).toEqual(pipeline('release'))
  expect(readdirSync(join(layout, 'blobs/sha256'))).toHaveLength(layers.length + 2)
})

function named(apiVersion: string, kind: string, name: string): Record<string, string> {
  return {
    'dev.tekton.image.apiVersion': apiVersion,
    'dev.tekton.image.kind': kind,
    'dev.tekton.image.name': name,
  }
}

test('the same objects give the same digest, on every machine and with every zlib', () => {
  const [first, second] = [makeBundle(objects), makeBundle(structuredClone(objects))]
  expect(second).toEqual(first)
  expect(makeBundle([pipeline('fixed')]).root.digest).toBe(
    'sha256:632efcaf5f1e65991333821a86e400adef828765540633706834b0971dca3370',
  )
  expect(makeBundle([pipeline('other')]).root.digest).not.toBe(makeBundle([pipeline('fixed')]).root.digest)
})

test('an object longer than one block of deflate is read back whole', async () => {
  const long = `${pushImageTask}# ${'x'.repeat(200_000)}\n`
  const bundle = makeBundle([long])
  const gzips = [...bundle.blobs.values()].filter((bytes) => bytes[0] === 0x1f)
  expect(gzips.map((bytes) => untar(gunzipSync(bytes))[0]?.text)).toEqual([long])
})

test('our own engine reads its layout, and pushes it from memory, with the same digest', async () => {
  const bundle = makeBundle(objects)
  const layout = join(folder, 'engine')
  await writeBundleLayout(bundle, layout, 'latest')
  const image = await bundleImage(bundle)
  expect(image.root.descriptor).toEqual(bundle.root)
  expect((await loadImage(await openLayout(layout))).root.bytes.equals(image.root.bytes)).toBe(true)
  await using registry = await startFakeRegistry()
  const client = testClient(registry.origin)
  await pushImage(client, image, ['0.1.0'])
  expect(registry.tags.get('0.1.0')).toBe(bundle.root.digest)
  expect(await planPush(client, image)).toEqual({ kind: 'present' })
})

describe('objects that make no bundle are refused, with all that is wrong', () => {
  test.each<[what: string, objects: Parameters<typeof makeBundle>[0], faults: readonly RegExp[]]>([
    ['none', [], [/there is no object/]],
    [
      'more than twenty',
      Array.from({ length: 21 }, (_, index) => pipeline(`p${index}`)),
      [/there are 21 objects, at most 20/],
    ],
    ['two of one name', [pipeline('a'), pipeline('a')], [/the pipeline "a" is there 2 times/]],
    [
      'two that only the version tells apart',
      [pipeline('a'), { ...pipeline('a'), apiVersion: 'tekton.dev/v1beta1' }],
      [/the pipeline "a" is there 2 times/],
    ],
    ['one without a name', [{ ...pipeline('a'), metadata: {} }], [/object 1 has no metadata\.name/]],
    ['one of another kind', [{ ...pipeline('a'), kind: 'TaskRun' }], [/object 1 has the kind TaskRun/]],
    ['one of another group', [{ ...pipeline('a'), apiVersion: 'v1' }], [/object 1 has the apiVersion v1, expected/]],
    ['several documents in one', [`${pushImageTask}---\n${pushImageStepAction}`], [/object 1 holds 2 documents/]],
    ['an empty text', [''], [/object 1 is empty/]],
    ['no YAML', ['kind: [Task'], [/object 1 is no YAML/]],
    ['a list', ['- kind: Task'], [/object 1 has the kind \(none\)/, /object 1 has no metadata\.name/]],
    [
      'several things at once',
      [{}, pipeline('a'), pipeline('a'), 'a: 1\n---\nb: 2\n'],
      [/object 1 has the kind \(none\)/, /object 1 has no metadata/, /object 4 holds 2/, /"a" is there 2 times/],
    ],
  ])('%s', (_, given, faults) => {
    let caught: unknown
    try {
      makeBundle(given)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(BundleError)
    expect((caught as BundleError).faults).toEqual(faults.map((fault) => expect.stringMatching(fault)))
  })
})
