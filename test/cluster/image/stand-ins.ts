import { cpSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fill } from './fill.ts'

/**
 * What stands for other people's images in the examples, where none of them can be had: it takes the arguments that the examples give, and
 * leaves what the real one would leave.
 */

/** kaniko, as `--no-push --oci-layout-path=DIR` calls it: leaves an image in that folder. */
export async function kaniko(
  args: readonly string[],
  host: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
): Promise<number> {
  const [, folder] = args.map((arg) => /^--oci-layout-path=(.+)$/.exec(arg)).find((found) => found !== null) ?? []
  if (folder === undefined || !args.includes('--no-push') || !args.some((arg) => arg.startsWith('--context='))) {
    host.stderr.write(`kaniko is not called so: ${args.join(' ')}\n`)
    return 64
  }
  return await fill([folder, args.join(' ')], host)
}

/** skopeo, as `inspect oci:DIR` calls it: says the image's digest. */
export function skopeo(args: readonly string[], { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>): number {
  const [command, image = ''] = args
  const folder = image.replace(/^oci:/, '')
  if (command !== 'inspect' || folder === image || !existsSync(join(folder, 'index.json'))) {
    stderr.write(`skopeo is not called so: ${args.join(' ')}\n`)
    return 64
  }
  const { manifests }: { manifests: readonly { readonly digest: string }[] } = JSON.parse(
    readFileSync(join(folder, 'index.json'), 'utf8'),
  )
  stdout.write(`${JSON.stringify({ Digest: manifests[0]?.digest })}\n`)
  return 0
}

/** `copy FROM TO`: a file or a folder with all that is in it. */
export function copy([from = '', to = '']: readonly string[]): number {
  cpSync(from, to, { recursive: true, dereference: true })
  return 0
}

/** `dump FOLDER`: every file below, one line of JSON each, with its contents in Base64: for a scan from outside. */
export function dump([folder = '']: readonly string[], { stdout }: Pick<NodeJS.Process, 'stdout'>): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  for (const entry of files) {
    const path = join(entry.parentPath, entry.name)
    stdout.write(`${JSON.stringify({ path, base64: readFileSync(path, 'base64') })}\n`)
  }
  return 0
}
