import { cp, glob, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleInto, bundleSteps } from './bundle.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Bundles the command line as it will be packed, into `outdir`: launcher, program, step programs, Tasks and StepActions. What it
 * needs of the repository's own tools is inside, so it runs where none of them is installed. Returns the path of the launcher.
 */
export async function bundleCli(outdir: string): Promise<string> {
  await rm(outdir, { recursive: true, force: true })
  await bundleInto(outdir, { cli: 'steps/cli.ts' })
  await bundleSteps(`${outdir}/steps`)
  await cp(`${root}tasks`, `${outdir}/tasks`, { recursive: true })
  await copyStepActions(`${outdir}/stepactions`)
  // For editors, as the `$schema` of a file.
  await cp(`${root}test/sandbox/config.schema.json`, `${outdir}/config.schema.json`)
  await cp(`${root}steps/cli/tekton-entra.mjs`, `${outdir}/tekton-entra.mjs`)
  return `${outdir}/tekton-entra.mjs`
}

/** Of the rooms that have one: a sidecar has none. */
async function copyStepActions(folder: string): Promise<void> {
  for (const file of await Array.fromAsync(glob('*/*.yaml', { cwd: `${root}steps` }))) {
    const name = basename(file)
    if (name === `${dirname(file)}.yaml`) await cp(`${root}steps/${file}`, `${folder}/${name}`)
  }
}

if (import.meta.main) await bundleCli(`${root}build/cli`)
