import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { acrImage, ecrImage, openFrontDoor } from '../push-image/front-door.ts'
import type { FrontDoor } from '../push-image/front-door.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { startCraneRegistry } from './crane-registry.ts'
import type { CraneRegistry } from './crane-registry.ts'
import { runProgram } from './cloud.ts'
import { rootOf } from './layouts.ts'
import { findTool, skipWithout, toolPath } from './tools.ts'
import { orasIndex, readWritten, writers } from './writers.ts'
import type { Place, Writer } from './writers.ts'

let folder: string
let door: FrontDoor
let registry: CraneRegistry | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-write-'))
  door = await openFrontDoor()
  if (findTool('crane') !== undefined) registry = await startCraneRegistry()
})
afterAll(async () => {
  await registry?.[Symbol.asyncDispose]()
  await door[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

async function run(program: string, args: readonly string[]): Promise<void> {
  // buildah needs no mount of its own then.
  const variables = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: folder, BUILDAH_ISOLATION: 'chroot' }
  const { code, stderr } = await runProgram(program, args, variables)
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
}

/** Runs the writer on sources that no other has, so that the registries lack all that it writes. */
async function write(writer: Writer): Promise<Place> {
  const sources = await mkdtemp(join(folder, 'sources-'))
  const content = { hello: `${writer.what}\n` }
  const place = {
    multi: join(sources, 'multi'),
    one: join(sources, 'one'),
    file: join(sources, 'hello'),
    archive: join(sources, 'hello.tar'),
    registry: registry?.host ?? '',
    to: join(await mkdtemp(join(folder, 'workspace-')), 'image'),
  }
  const platforms = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }))
  await writeSampleLayout(place.multi, { platforms, layers: [content], refName: 'multi' })
  await writeSampleLayout(place.one, { layers: [content], refName: 'one' })
  await writeFile(place.file, content.hello)
  await run('/bin/tar', ['-C', sources, '-cf', place.archive, 'hello'])
  const storage = ['--root', join(sources, 'storage'), '--runroot', join(sources, 'run'), '--storage-driver', 'vfs']
  for (const [tool, ...args] of writer.commands(place))
    await run(toolPath(tool), tool === 'buildah' ? [...storage, ...args] : args)
  return place
}

const push = async (image: string, { to }: Place, params: Readonly<Record<string, string>> = {}) =>
  await door.push(image, { source: dirname(to), params: { path: basename(to), ...params } })

const registries = [
  [ecrImage, example.ecrHost],
  [acrImage, example.acrHost],
] as const

/** Pushes to both registries, and gives what each then has under the tag. */
async function pushToBoth(place: Place, params: Readonly<Record<string, string>> = {}) {
  const stored = []
  for (const [image, host] of registries) {
    const { step, results } = await push(image, place, params)
    expect(step.stderr).toContain('done     pushed')
    const manifest = repositoryState(door.sandbox.world, host, example.repository).manifest('1.4.2')
    expect(results).toMatchObject({ IMAGE_URL: image, IMAGE_DIGEST: manifest?.digest })
    stored.push({ digest: manifest?.digest, config: configIn(manifest?.bytes) })
  }
  return stored
}

const configIn = (bytes: Buffer | undefined): unknown => JSON.parse(bytes?.toString() ?? '{}').config?.digest

describe.each(writers)('what $what', (writer) => {
  beforeEach((context) => skipWithout(context, ...writer.needs))

  test('goes to ECR and ACR unchanged', async () => {
    const place = await write(writer)
    const written = await readWritten(writer, place)
    expect(await pushToBoth(place)).toEqual([expect.objectContaining(written), expect.objectContaining(written)])
  })
})

test('an index that oras copied goes to ECR and ACR unchanged, although oras lists its images beside it', async (context) => {
  skipWithout(context, ...orasIndex.needs)
  const place = await write(orasIndex)
  const written = expect.objectContaining({ digest: (await rootOf(place.multi)).digest })
  expect(await pushToBoth(place)).toEqual([written, written])
})
