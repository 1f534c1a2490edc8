import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { version } from '../../steps/lib/core/version.ts'
import type { Architecture } from './platforms.ts'
import { runProgram } from './run-program.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

const withShell = fileURLToPath(new URL('../steps-shell/Containerfile', import.meta.url))

/** Folders of one platform's build. `plain` and `plainShell` are made; without the latter the image with a shell is not built. */
type Folders = { readonly work: string; readonly plain: string; readonly plainShell: string | undefined }

/**
 * Builds one platform's base, and the Containerfile on it, into the folder `plain` (transport
 * `dir:`), layers as plain tars, which `oci:` never has; and on that the image with a shell. `work` holds the contexts
 * `base-<architecture>`, `application` and `shell-<architecture>`. buildah's storage is made for this and taken away again: the machine's own is not touched.
 */
export async function buildPlatform(architecture: Architecture, { work, plain, plainShell }: Folders): Promise<void> {
  const storage = join(work, 'storage')
  const base = `localhost/base-${architecture}`
  const steps = `localhost/steps-${architecture}`
  // `vfs` works on every machine, also inside containers.
  const own = ['--root', join(storage, 'root'), '--runroot', join(storage, 'run'), '--storage-driver', 'vfs']
  const buildah = async (...args: string[]) => await runProgram('buildah', [...own, ...args])
  // A layer for each instruction, all times 0. Nothing is run inside, so a foreign architecture needs no emulation.
  const build = ['bud', '--isolation', 'chroot', '--platform', `linux/${architecture}`]
  const fixed = ['--layers', '--timestamp', '0', '--identity-label=false', '--pull-never', '--quiet']
  const containerfile = (name: string) => ['--file', join(here, name)]
  try {
    const context = join(work, `base-${architecture}`)
    await buildah(...build, ...fixed, ...containerfile('Containerfile.base'), '--tag', base, context)
    const values = ['--build-arg', `BASE=${base}`, '--build-arg', `VERSION=${version}`]
    const application = join(work, 'application')
    await buildah(...build, ...fixed, ...values, ...containerfile('Containerfile'), '--tag', steps, application)
    const push = ['push', '--quiet', '--disable-compression', '--format', 'oci']
    await buildah(...push, steps, `dir:${plain}`)
    if (plainShell === undefined) return
    const shell = `localhost/steps-shell-${architecture}`
    const on = ['--build-arg', `BASE=${steps}`, '--file', withShell]
    await buildah(...build, ...fixed, ...on, '--tag', shell, join(work, `shell-${architecture}`))
    await buildah(...push, shell, `dir:${plainShell}`)
  } finally {
    await rm(storage, { recursive: true, force: true })
  }
}
