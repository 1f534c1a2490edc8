import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Metafile } from 'esbuild'
import type { SbomPackage } from './spdx.ts'

/** An npm package of which something is in the bundle, and where it is installed. */
export type BundledPackage = SbomPackage & {
  readonly folder: string
  /** Of one that came inside another one: what that says of it, in the place of files of its own. */
  readonly notice?: string
}

/** The npm packages whose code is in the bundle, by esbuild's own account (`meta.json`), sorted. `root` is what its paths start from. */
export function bundledPackages(meta: Metafile, root: string): BundledPackage[] {
  const used = Object.values(meta.outputs).flatMap(({ inputs }) =>
    Object.entries(inputs)
      .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
      .map(([path]) => packageFolder(path)),
  )
  const folders = new Set(used.filter((folder) => folder !== undefined))
  return [...folders]
    .toSorted()
    .map((folder) => readPackage(resolve(root, folder)))
    .flatMap((entry) => [entry, ...carriedBy(entry)])
}

/** Packages that a package has inside, as zx lists them: a line `name@version`, then author, source and licence, each on a line. */
function carriedBy({ name: carrier, version: its, folder }: BundledPackage): BundledPackage[] {
  const list = join(folder, 'build/3rd-party-licenses')
  if (!existsSync(list)) return []
  const text = readFileSync(list, 'utf8').replaceAll('\r\n', '\n')
  return [...text.matchAll(/^((?:@[\w.-]+\/)?[\w.-]+)@(\d\S*)\n((?: .*\n?)+)/gm)].map(
    ([, name = '', version = '', lines = '']) => {
      const said = lines
        .trim()
        .split('\n')
        .map((line) => line.trim())
      const notice = `It came inside ${carrier} ${its}, which says of it:\n${said.join('\n')}`
      return { name, version, purl: purlOf(name, version), folder, notice, license: said.at(-1) ?? 'NOASSERTION' }
    },
  )
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

/** `…/node_modules/@azure/identity` of a path below it; undefined for our own files. */
function packageFolder(path: string): string | undefined {
  return /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0]
}

type PackageJson = { readonly name: string; readonly version: string; readonly license?: string }

function readPackage(folder: string): BundledPackage {
  const { name, version, license }: PackageJson = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const purl = purlOf(name, version)
  return { name, version, purl, folder, ...(license === undefined ? {} : { license }) }
}

/** The licence texts of the packages, each text once, under the names of those that came with it. */
export function licenseTexts(packages: readonly BundledPackage[]): string {
  const holders = new Map<string, string[]>()
  for (const entry of packages) {
    const text = readLicense(entry)
    holders.set(text, [...(holders.get(text) ?? []), `${entry.name} ${entry.version}`])
  }
  return [...holders]
    .map(([text, names]) => `${names.join('\n')}\n\n${text.trimEnd()}\n`)
    .join(`\n${'='.repeat(80)}\n\n`)
}

function readLicense({ folder, license, notice }: BundledPackage): string {
  if (notice !== undefined) return notice
  const files = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copyright)/i.test(name))
  if (files.length === 0) return `The package has no licence file. It says of itself: ${license ?? 'nothing'}.`
  return files
    .toSorted()
    .filter((name) => existsSync(join(folder, name)))
    .map((name) => readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n'))
    .join('\n')
}
