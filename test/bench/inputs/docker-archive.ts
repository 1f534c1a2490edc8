import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { mustRun } from '../../cluster/run-program.ts'
import { root } from '../../contract/repository.ts'
import type { Source } from './source.ts'

const refName = 'bench/archive:v1'

/** The same bytes at each run: no times, owners or order of the folder's own. */
const plainTar = ['tar', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner']

/**
 * Writes a docker archive as `docker save` does, its two layers uncompressed: Node itself, and the packages of this repository. About 400 MB
 * of what real images are made of, programs and text.
 */
export async function writeDockerArchive(folder: string, shrink: number): Promise<Source> {
  const parts = join(folder, 'parts')
  await mkdir(parts, { recursive: true })
  const node = [...plainTar, '-cf', 'node.tar', '-C', dirname(process.execPath), basename(process.execPath)]
  const excluded = ['--exclude=node_modules/node-linux-*', '--exclude=node_modules/.*']
  const packages = [...plainTar, ...excluded, '-cf', 'packages.tar', '-C', root]
  await mustRun(shrink > 1 ? [...packages, 'node_modules/jose'] : node, { cwd: parts })
  if (shrink === 1) await mustRun([...packages, 'node_modules'], { cwd: parts })
  const layers = shrink === 1 ? ['node.tar', 'packages.tar'] : ['packages.tar']
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

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash)
  return hash.digest('hex')
}
