import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeIdleImage } from './idle-image.ts'
import { cacheFolder, kubernetesVersion, sources, sourcesHash } from './places.ts'
import { mustRun } from './run-program.ts'

/** Says to which sources a folder of programs belongs; written last. */
const STAMP = 'sources.sha256'

/** Archive of the cluster's own image, beside the programs. */
export const IDLE_ARCHIVE = 'idle.tar'

/** Whether the programs are in the cache, so that `up` takes seconds. */
export function areProgramsBuilt(environment: NodeJS.ProcessEnv): boolean {
  const stamp = join(programsFolder(environment), STAMP)
  return existsSync(stamp) && readFileSync(stamp, 'utf8').trim() === sourcesHash()
}

/** Gives the folder of the Kubernetes programs; builds them where they are not in the cache, which takes minutes. */
export async function kubernetesPrograms(
  environment: NodeJS.ProcessEnv,
  tell: (text: string) => void,
): Promise<string> {
  const folder = programsFolder(environment)
  if (areProgramsBuilt(environment)) return folder
  tell(`building Kubernetes ${kubernetesVersion()} once, into ${folder}: about ten minutes on two cores`)
  mkdirSync(cacheFolder(environment), { recursive: true })
  // Whole or not at all: a build that was broken off leaves nothing that looks done.
  const fresh = mkdtempSync(`${folder}-`)
  try {
    await build(fresh, environment)
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  return folder
}

/** Where the Kubernetes programs are kept. */
export function programsFolder(environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), `kubernetes-${kubernetesVersion()}`)
}

async function build(folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const version = kubernetesVersion()
  const [, major = '', minor = ''] = /^v(\d+)\.(\d+)\./.exec(version) ?? []
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor }
  const stamps = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  const flags = ['-trimpath', '-ldflags', ['-s', '-w', ...stamps].join(' '), '-o', `${folder}/`]
  const env = { ...environment, CGO_ENABLED: '0' }
  // `tool` is all that go.mod lists as tools.
  await mustRun(['go', 'build', '-C', sources, ...flags, 'tool'], { env })
  await mustRun(['go', 'build', '-C', sources, '-trimpath', '-ldflags', '-s -w', '-o', `${folder}/`, './idle'], { env })
  await writeIdleImage(join(folder, 'idle'), join(folder, IDLE_ARCHIVE))
  writeFileSync(join(folder, STAMP), `${sourcesHash()}\n`)
}
