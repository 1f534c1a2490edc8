import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { buildImage } from '../../../images/steps/build.ts'
import { root } from '../../contract/repository.ts'
import { buildSuiteImage } from '../image/build-suite-image.ts'
import { taskImage } from './objects.ts'

/** What the step image is made from, and what the suite's image has besides. */
const stepSources = [
  'steps/lib',
  'steps/main.ts',
  'steps/await-approval',
  'steps/check-trust',
  'steps/copy-image',
  'steps/pull-image',
  'steps/login-registries',
  'steps/push-image',
  'steps/report-audit',
  'steps/run-script',
  'steps/run-with-identity',
  'steps/verify-access',
  'steps/write-aws-profile',
  'steps/write-azure-environment',
  'steps/write-kubeconfig',
  'images/steps',
  'package.json',
  'package-lock.json',
]
const suiteSources = [...stepSources, 'steps/cli', 'steps/cli.ts', 'tasks', 'test/sandbox', 'test/cluster/image']

/** Gives the archives of the step image and of the suite's own; builds what has other sources than at the last time. */
export async function suiteImages(tell: (text: string) => void): Promise<readonly string[]> {
  const image = { outdir: join(root, 'build/image'), downloads: join(root, 'build/downloads') }
  const stepsArchive = join(image.outdir, 'steps.oci.tar')
  const outdir = join(root, 'build/cluster-images')
  const archives = ['steps.tar', 'suite.tar'].map((name) => join(outdir, name))
  await unlessFresh({ outputs: [stepsArchive], sources: stepSources }, async () => {
    tell('building the step image: a few minutes')
    await buildImage(image)
  })
  await unlessFresh({ outputs: archives, sources: suiteSources }, async () => {
    tell("building the suite's image")
    await buildSuiteImage({ stepsArchive, stepsName: taskImage(), outdir })
  })
  return archives
}

type Made = { readonly outputs: readonly string[]; readonly sources: readonly string[] }

/** Builds when an output is missing, or was built from other sources than there are now. */
async function unlessFresh({ outputs, sources }: Made, build: () => Promise<void>): Promise<void> {
  const stamp = `${outputs[0] ?? ''}.sources`
  const hash = hashOf(sources)
  if ([stamp, ...outputs].every((file) => existsSync(file)) && readFileSync(stamp, 'utf8') === hash) return
  mkdirSync(dirname(stamp), { recursive: true })
  await build()
  writeFileSync(stamp, hash)
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
