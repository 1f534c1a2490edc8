import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Platform } from './platforms.ts'
import { runProgram } from './run-program.ts'
import type { SbomPackage } from './spdx.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Node as it was put into a folder. */
export type NodeFiles = {
  readonly sbom: SbomPackage
  /** Program that took the symbols away; undefined when there is none here that knows the platform. */
  readonly stripper: string | undefined
}

/**
 * Puts `bin/node` and its LICENSE into `folder`, from the npm package that the repository pins for the platform, checked against
 * package-lock.json. Without symbols, which only a debugger reads: 18 MB less.
 */
export async function writeNode(platform: Platform, folder: string, downloads: string): Promise<NodeFiles> {
  const { version, integrity } = await lockedPackage(platform.nodePackage)
  const archive = await fetchPackage(`${platform.nodePackage}@${version}`, integrity, downloads)
  await mkdir(folder, { recursive: true })
  const members = ['package/bin/node', 'package/LICENSE']
  await runProgram('tar', ['-xzf', archive, '-C', folder, '--strip-components=1', '--no-same-owner', ...members])
  const stripper = [`${platform.triple}-strip`, 'llvm-strip'].find(isOnPath)
  if (stripper !== undefined) await runProgram(stripper, ['-s', join(folder, 'bin/node')])
  return { stripper, sbom: describeNode(version, platform) }
}

function describeNode(version: string, { nodePackage }: Platform): SbomPackage {
  const cpe = `cpe:2.3:a:nodejs:node.js:${version}:*:*:*:*:*:*:*`
  return { name: 'node', version, license: 'MIT', purl: `pkg:npm/${nodePackage}@${version}`, cpe }
}

type Lock = { readonly packages: Readonly<Record<string, { readonly version: string; readonly integrity?: string }>> }

async function lockedPackage(name: string): Promise<{ version: string; integrity: string }> {
  const lock: Lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
  const { version, integrity } = lock.packages[`node_modules/${name}`] ?? {}
  if (version === undefined || integrity === undefined) throw new Error(`package-lock.json does not pin ${name}`)
  return { version, integrity }
}

/** Gets a package's archive, unless it is there already. Throws when it is not the one that the lock file means. */
async function fetchPackage(spec: string, integrity: string, downloads: string): Promise<string> {
  const archive = join(downloads, `${spec.replace('@', '-')}.tgz`)
  if (!existsSync(archive)) {
    await mkdir(downloads, { recursive: true })
    await runProgram('npm', ['pack', '--silent', '--pack-destination', downloads, spec], { cwd: root })
  }
  const found = `sha512-${createHash('sha512')
    .update(await readFile(archive))
    .digest('base64')}`
  if (found !== integrity) throw new Error(`${archive}: integrity ${found}, package-lock.json says ${integrity}`)
  return archive
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}
