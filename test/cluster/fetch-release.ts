import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
import { mustRun } from './run-program.ts'

/** Where the project publishes its manifests; TEKTON_RELEASES names a mirror. */
const RELEASES = 'https://infra.tekton.dev/tekton-releases/pipeline/previous'
const WAIT_MS = 30_000

/** An image as a release's manifest names it, and what it is called in our archives and in the manifest beside them. */
export type ReleaseImage = { readonly written: string; readonly source: string; readonly name: string }

/**
 * Fetches an official release into a folder: manifest and images, so that it is fetched once. Throws a `CliError` when it cannot be reached.
 */
export async function fetchRelease(version: string, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const manifest = await fetchManifest(`${environment['TEKTON_RELEASES'] ?? RELEASES}/${version}/release.yaml`)
  mkdirSync(dirname(folder), { recursive: true })
  // Whole or not at all: the folder's manifest says that its images are there.
  const fresh = mkdtempSync(`${folder}-`)
  try {
    const images = imagesOf(manifest)
    for (const [index, image] of images.entries()) await copyImage(image, join(fresh, `${index + 1}.tar`), environment)
    writeFileSync(join(fresh, 'release.yaml'), withNames(manifest, images))
    rmSync(folder, { recursive: true, force: true })
    renameSync(fresh, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

async function fetchManifest(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(WAIT_MS) })
    if (answer.ok) return await answer.text()
    throw new CliError([`${url}: HTTP ${answer.status}`], { exit: exits.unavailable })
  } catch (error) {
    if (error instanceof CliError) throw error
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    throw new CliError([`${url}: ${cause}`], { exit: exits.unavailable })
  }
}

const PINNED = /([a-z0-9][\w.-]*(?::\d+)?\/[\w./-]+?)(?::([\w.-]+))?@sha256:([0-9a-f]{64})/g

/** The images that a manifest pins by digest, each once. An archive keeps a name with a tag, and no digest. */
export function imagesOf(manifest: string): readonly ReleaseImage[] {
  const images = [...manifest.matchAll(PINNED)].map(([written, repository = '', tag, digest = '']) => ({
    written,
    source: `${repository}@sha256:${digest}`,
    name: `${repository}:${tag ?? `sha256-${digest.slice(0, 12)}`}`,
  }))
  const linux = images.filter(({ source }) => !source.includes('/powershell@'))
  return [...new Map(linux.map((image) => [image.written, image])).values()]
}

/** The manifest with the names that the archives have. */
export function withNames(manifest: string, images: readonly ReleaseImage[]): string {
  return images.reduce((text, { written, name }) => text.replaceAll(written, name), manifest)
}

async function copyImage({ source, name }: ReleaseImage, archive: string, env: NodeJS.ProcessEnv): Promise<void> {
  const isHere = /^(localhost|127\.0\.0\.1)[:/]/.test(source)
  const plain = isHere ? ['--src-tls-verify=false'] : []
  await mustRun(['skopeo', 'copy', '--quiet', ...plain, `docker://${source}`, `docker-archive:${archive}:${name}`], {
    env,
  })
}
