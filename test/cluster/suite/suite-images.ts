import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildImage } from '../../../images/steps/build.ts'
import { root } from '../../contract/repository.ts'
import { buildSuiteImage } from '../image/build-suite-image.ts'
import { taskImage } from './objects.ts'

/** All that the images are made from. */
const sources = ['steps', 'images/steps', 'test/sandbox', 'test/cluster/image', 'package.json', 'package-lock.json']

/** Gives the archives of the step image and of the suite's own; builds them when their sources are others than at the last time. */
export async function suiteImages(tell: (text: string) => void): Promise<readonly string[]> {
  const outdir = join(root, 'build/cluster-images')
  const archives = ['steps.tar', 'suite.tar'].map((name) => join(outdir, name))
  const stamp = join(outdir, 'sources.sha256')
  const hash = hashOf(sources)
  const isFresh =
    existsSync(stamp) && readFileSync(stamp, 'utf8') === hash && archives.every((file) => existsSync(file))
  if (isFresh) return archives
  tell(`building the step image and the suite's, into ${outdir}: a few minutes`)
  mkdirSync(outdir, { recursive: true })
  const { archive } = await buildImage({ outdir: join(root, 'build/image'), downloads: join(root, 'build/downloads') })
  await buildSuiteImage({ stepsArchive: archive, stepsName: taskImage(), outdir })
  writeFileSync(stamp, hash)
  return archives
}

/** SHA-256 over the names and contents of all files below some paths of the repository. */
function hashOf(paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const file of paths.flatMap(filesOf).toSorted()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0')
  }
  return hash.digest('hex')
}

function filesOf(path: string): readonly string[] {
  if (statSync(join(root, path)).isFile()) return [path]
  const entries = readdirSync(join(root, path), { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
}
