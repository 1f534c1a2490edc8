import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'
import { runProgram } from '../../../images/steps/run-program.ts'
import { writePrograms } from './programs.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const containerfile = fileURLToPath(new URL('Containerfile', import.meta.url))

/** Name of the image of the suite's own pods. `.test` is nobody's registry (RFC 6761 §6.2). */
export const SUITE_IMAGE = 'tekton-entra.test/suite:1'

/** What the image is made of, and where it goes. */
export type SuiteImageOptions = {
  /** OCI archive of the step image, all platforms, as `npm run build:image` leaves it. */
  readonly stepsArchive: string
  readonly outdir: string
  /** Name of the step image in its archive; the one that the Tasks run when absent. */
  readonly stepsName?: string
}

/** Two images of this machine's platform, as `docker save` has them: a node imports them under their names. */
export type SuiteImages = {
  readonly suite: { readonly name: string; readonly archive: string }
  readonly steps: { readonly name: string; readonly archive: string }
}

/**
 * Builds the image of the suite's own pods on top of the step image, which comes out beside it under the name that the Tasks use. Needs
 * buildah, and no registry: its storage is made for this and taken away again.
 */
export async function buildSuiteImage(options: SuiteImageOptions): Promise<SuiteImages> {
  const { stepsArchive, outdir } = options
  const name = taggedName(options.stepsName ?? (await stepsNameOfTasks()))
  const suite = { name: SUITE_IMAGE, archive: join(outdir, 'suite.tar') }
  const steps = { name, archive: join(outdir, 'steps.tar') }
  await mkdir(outdir, { recursive: true })
  const work = await mkdtemp(join(outdir, 'work-'))
  const storage = ['--root', join(work, 'root'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs']
  const buildah = async (...args: string[]) => (await runProgram('buildah', [...storage, ...args])).trim()
  const save = async (image: string, { name: as, archive }: { name: string; archive: string }) => {
    // An archive that is there is never added to.
    await rm(archive, { force: true })
    await buildah('push', '--quiet', image, `docker-archive:${archive}:${as}`)
  }
  try {
    const context = join(work, 'context')
    await writePrograms(context)
    // Of an index the image of this platform is taken.
    const base = await buildah('pull', '--quiet', `oci-archive:${stepsArchive}`)
    const fixed = ['--layers', '--timestamp', '0', '--identity-label=false', '--pull-never', '--quiet']
    const build = ['bud', '--isolation', 'chroot', ...fixed, '--build-arg', `STEPS=${base}`, '--file', containerfile]
    await save(await buildah(...build, context), suite)
    await save(base, steps)
    return { suite, steps }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The image that the Tasks name. */
async function stepsNameOfTasks(): Promise<string> {
  const file = `${root}tasks/push-image/push-image.yaml`
  const task: { spec: { steps: { image: string }[] } } = parse(await readFile(file, 'utf8'))
  return task.spec.steps[0]?.image ?? ''
}

/** Archives of this kind give names with a tag; a name with a digest would be the digest of another archive. */
function taggedName(name: string): string {
  if (/^[^@]+:[^:/@]+$/.test(name)) return name
  throw new Error(`${name} names no tag: say by stepsName what the step image is called in the suite`)
}

if (import.meta.main) {
  const made = await buildSuiteImage({
    stepsArchive: `${root}build/image/steps.oci.tar`,
    outdir: `${root}build/suite`,
  })
  process.stdout.write(`${JSON.stringify(made)}\n`)
}
