import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { mustRun } from '../../cluster/run-program.ts'
import { root } from '../../contract/repository.ts'
import type { Source } from './source.ts'

const refName = 'bench/archive:v1'

/** The same bytes at each run: no times, owners or order of the folder's own. */
const plainTar = ['tar', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']

/** The last layer: so much of Node once more. */
const partBytes = 45_000_000

/**
 * Writes a docker archive as `docker save` does, its layers uncompressed: Node itself, the packages of this repository, and a part of Node
 * again. About 380 MB of what real images are made of, programs and text.
 */
export async function writeDockerArchive(folder: string, shrink: number): Promise<Source> {
  const parts = join(folder, 'parts')
  await mkdir(parts, { recursive: true })
  const layers = shrink === 1 ? await writeLayers(parts) : await writeSmallLayer(parts)
  const diffIds = await Promise.all(layers.map(async (layer) => `sha256:${await sha256(join(parts, layer))}`))
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: diffIds } })
  const configName = `${createHash('sha256').update(config).digest('hex')}.json`
  await writeFile(join(parts, configName), config)
  await writeFile(
    join(parts, 'manifest.json'),
    JSON.stringify([{ Config: configName, RepoTags: [refName], Layers: layers }]),
  )
  const path = join(folder, 'image.tar')
  await mustRun([...plainTar, '-cf', path, configName, ...layers, 'manifest.json'], { cwd: parts })
  await rm(parts, { recursive: true })
  return { kind: 'docker-archive', path, refName, bytes: (await stat(path)).size }
}

async function writeLayers(parts: string): Promise<readonly string[]> {
  const [folder, program] = [dirname(process.execPath), basename(process.execPath)]
  await mustRun([...plainTar, '-cf', 'node.tar', '-C', folder, program], { cwd: parts })
  const excluded = ['--exclude=node_modules/node-linux-*', '--exclude=node_modules/.*']
  await mustRun([...plainTar, ...excluded, '-cf', 'packages.tar', '-C', root, 'node_modules'], { cwd: parts })
  await using whole = await open(process.execPath)
  const { buffer } = await whole.read(Buffer.alloc(partBytes), 0, partBytes, 0)
  await writeFile(join(parts, 'part'), buffer)
  await mustRun([...plainTar, '-cf', 'part.tar', 'part'], { cwd: parts })
  return ['node.tar', 'packages.tar', 'part.tar']
}

async function writeSmallLayer(parts: string): Promise<readonly string[]> {
  await mustRun([...plainTar, '-cf', 'packages.tar', '-C', root, 'node_modules/jose'], { cwd: parts })
  return ['packages.tar']
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
