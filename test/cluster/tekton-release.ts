import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
import { fetchRelease } from './fetch-release.ts'
import { cacheFolder } from './places.ts'

/** The newest long-term release, and the oldest that still gets fixes. */
export const tektonVersions = { newest: 'v1.15.0', oldest: 'v1.9.6' } as const

/** A release of Tekton as a folder has it. */
export type TektonRelease = {
  /** As its manifest says it. */
  readonly version: string
  readonly objects: readonly TektonObject[]
  /** Its images, as `docker save` or OCI archives. */
  readonly archives: readonly string[]
}

export type TektonObject = {
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly data?: Readonly<Record<string, string>>
}

/** What names a release: a folder, or a version whose folder is in the cache. */
export type ReleaseChoice = { readonly folder?: string; readonly version?: string }

/** The folder of a version of Tekton in the cache. */
export function cachedRelease(version: string, environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), `tekton-${version}`)
}

/**
 * Finds a release: in the folder that was given, else in that of TEKTON_DIR, else in the cache, where it is fetched to when it is not there.
 * Throws a `CliError` that says what is to be put where when there is none.
 */
export async function findRelease(
  { folder, version }: ReleaseChoice,
  environment: NodeJS.ProcessEnv,
  tell: (text: string) => void,
): Promise<TektonRelease> {
  const said = folder ?? (version === undefined ? environment['TEKTON_DIR'] : undefined) ?? ''
  if (said !== '') return readRelease(said)
  const wanted = version ?? tektonVersions.newest
  const cached = cachedRelease(wanted, environment)
  if (!hasRelease(cached)) {
    tell(`fetching Tekton ${wanted} once, into ${cached}`)
    try {
      await fetchRelease(wanted, cached, environment)
    } catch (error) {
      throw error instanceof CliError ? noRelease(cached, error.faults) : error
    }
  }
  return readRelease(cached)
}

/** Whether a folder holds a release. */
export function hasRelease(folder: string): boolean {
  return existsSync(join(folder, 'release.yaml'))
}

function readRelease(folder: string): TektonRelease {
  if (!hasRelease(folder)) throw noRelease(folder)
  const documents = parseAllDocuments(readFileSync(join(folder, 'release.yaml'), 'utf8'))
  const objects = documents
    .map((document) => document.toJS() as TektonObject | null)
    .filter((object) => object !== null)
  const archives = readdirSync(folder)
    .filter((name) => name.endsWith('.tar'))
    .toSorted()
  return { version: versionOf(objects), objects, archives: archives.map((name) => join(folder, name)) }
}

function versionOf(objects: readonly TektonObject[]): string {
  const info = objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'pipelines-info')
  return info?.data?.['version'] ?? 'unknown'
}

function noRelease(folder: string, why: readonly string[] = []): CliError {
  const remedy =
    `put Tekton's release manifest there as release.yaml, and its images beside it as archives (skopeo copy docker://IMAGE ` +
    `docker-archive:NAME.tar:IMAGE); or name another folder with --tekton-dir or TEKTON_DIR; or leave Tekton out with --tekton none`
  return new CliError([`no release of Tekton in ${folder}: it has no release.yaml`, ...why], {
    exit: exits.unavailable,
    remedy,
  })
}
