import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
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

/** The folder of a release: what was given, else TEKTON_DIR, else the version's folder in the cache. */
export function releaseFolder({ folder, version }: ReleaseChoice, environment: NodeJS.ProcessEnv): string {
  const said = folder ?? (version === undefined ? environment['TEKTON_DIR'] : undefined) ?? ''
  return said === '' ? join(cacheFolder(environment), `tekton-${version ?? tektonVersions.newest}`) : said
}

/** Whether a folder holds a release. */
export function hasRelease(folder: string): boolean {
  return existsSync(join(folder, 'release.yaml'))
}

/** Reads a release; throws a `CliError` that says what is to be put where when there is none. */
export function readRelease(folder: string): TektonRelease {
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

function noRelease(folder: string): CliError {
  const remedy =
    `put Tekton's release manifest there as release.yaml, and its images beside it as archives (skopeo copy docker://IMAGE ` +
    `docker-archive:NAME.tar:IMAGE); or name another folder with --tekton-dir or TEKTON_DIR; or leave Tekton out with --tekton none`
  return new CliError([`no release of Tekton in ${folder}: it has no release.yaml`], {
    exit: exits.unavailable,
    remedy,
  })
}
