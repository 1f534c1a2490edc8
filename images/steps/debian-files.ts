import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Platform } from './platforms.ts'
import { runProgram } from './run-program.ts'
import type { SbomPackage } from './spdx.ts'

/** What Node needs of Debian 12, and what programs expect to find: names, certificates, time zones. */
export const basePackages: readonly string[] = [
  'base-files',
  'ca-certificates',
  // The licences of libgcc-s1 and libstdc++6.
  'gcc-12-base',
  'libc6',
  'libgcc-s1',
  'libstdc++6',
  'netbase',
  'tzdata',
]

/** A Debian package file of one platform. */
export type DebianPackage = SbomPackage & { readonly file: string; readonly control: string }

/**
 * Gets the packages of a platform with this machine's own apt sources and keys, but lists of its own: nothing of the machine's package
 * database changes, and no foreign architecture is added to it. Throws where apt's sources are not Debian 12.
 */
export async function fetchDebianPackages(
  { architecture }: Platform,
  names: readonly string[],
  downloads: string,
): Promise<readonly DebianPackage[]> {
  const folder = join(downloads, `debian-${architecture}`)
  const options = await privateApt(folder, architecture)
  await runProgram('apt-get', [...options, '-qq', 'update'])
  // The folder may hold older versions: only apt knows which ones are meant.
  const uris = await runProgram('apt-get', [...options, 'download', '--print-uris', ...names])
  await runProgram('apt-get', [...options, '-qq', 'download', ...names], { cwd: folder })
  const files = uris.split('\n').flatMap((line) => /^'[^']*' (\S+\.deb) /.exec(line)?.[1] ?? [])
  return await Promise.all(files.toSorted().map((file) => readPackage(join(folder, file))))
}

async function privateApt(folder: string, architecture: string): Promise<string[]> {
  const state = join(folder, 'state')
  const cache = join(folder, 'cache')
  await mkdir(join(state, 'lists/partial'), { recursive: true })
  await mkdir(join(cache, 'archives/partial'), { recursive: true })
  await writeFile(join(state, 'status'), '')
  const settings = {
    'APT::Architecture': architecture,
    'APT::Architectures': architecture,
    // Else, as root, apt hands its downloads to a user that may not write here.
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    'Dir::State': state,
    'Dir::State::status': join(state, 'status'),
    'Dir::Cache': cache,
  }
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
}

async function readPackage(file: string): Promise<DebianPackage> {
  const control = await runProgram('dpkg-deb', ['--field', file])
  const [name = '', version = '', architecture = ''] = ['Package', 'Version', 'Architecture'].map(
    (field) => new RegExp(`^${field}: (.*)$`, 'm').exec(control)?.[1] ?? '',
  )
  if (name === 'base-files' && !version.startsWith('12')) {
    throw new Error(`apt's sources are not Debian 12: base-files ${version}`)
  }
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=${architecture}&distro=debian-12`
  return { name, version, purl, file, control }
}

/** Unpacks a package's files below `folder`. Nothing of it is run. */
export async function unpackDebianPackage({ file }: DebianPackage, folder: string): Promise<void> {
  await runProgram('dpkg-deb', ['--extract', file, folder])
}
