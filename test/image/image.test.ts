import { existsSync } from 'node:fs'
import { chmod, lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { describeSizes, type BuiltImage } from '../../images/steps/build.ts'
import { platforms } from '../../images/steps/platforms.ts'
import { runProgram } from '../../images/steps/run-program.ts'
import { version } from '../../steps/lib/core/version.ts'
import { findTool, skipWithout } from '../foreign/tools.ts'
import { acrImage, ecrImage, openFrontDoor } from '../push-image/front-door.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { writeBigLayout } from './big-layout.ts'
import { buildOnce, canBuild, makeFolder, skipWithoutBuilder, unpack, type Unpacked } from './built.ts'
import { containerProgram, evaluate, forgetCached, memoryLimit, type User } from './containers.ts'
import { readElf } from './elf.ts'
import { testShellImage } from './shell-image.ts'
import { namesIn, type SpdxDocument } from './sbom.ts'

// Two builds of two platforms, each of which packs 250 MB.
const buildTime = 1_200_000

let folder: Awaited<ReturnType<typeof makeFolder>>
let image: BuiltImage
const unpacked: Partial<Record<string, Unpacked>> = {}

beforeAll(async () => {
  folder = await makeFolder()
  if (!canBuild()) return
  image = await buildOnce(folder.path, { withShell: true })
  for (const { architecture } of platforms)
    unpacked[architecture] = await unpack(image, architecture, join(folder.path, `rootfs-${architecture}`))
}, buildTime)
afterAll(async () => await folder.remove(), buildTime)

beforeEach((context) => skipWithoutBuilder(context))

function of(architecture: string): Unpacked {
  const found = unpacked[architecture]
  if (found === undefined) throw new Error(`${architecture} is not unpacked`)
  return found
}

async function sbomAt(path: string): Promise<SpdxDocument> {
  return JSON.parse(await readFile(path, 'utf8'))
}

test('another build of the same sources has the same digest and the same archive', { timeout: buildTime }, async () => {
  const other = await buildOnce(folder.path, { withShell: true })
  expect(other.layout).not.toBe(image.layout)
  expect(other.digest).toBe(image.digest)
  expect((await readFile(other.archive)).equals(await readFile(image.archive))).toBe(true)
  expect(other.shell?.digest).toBe(image.shell?.digest)
})

test('skopeo reads the archive, and finds each platform in it', async (context) => {
  skipWithout(context, 'skopeo')
  for (const { architecture } of platforms) {
    const args = ['--override-arch', architecture, 'inspect', '--config', `oci-archive:${image.archive}`]
    const config: { architecture: string } = JSON.parse(await runProgram(findTool('skopeo') ?? '', args))
    expect(config.architecture).toBe(architecture)
  }
})

describe.each(platforms)('$architecture', ({ architecture, triple }) => {
  test('is at most 45 MB compressed, and the application, a layer of its own, at most 0.6 MB', ({ annotate }) => {
    const { layers } = of(architecture).manifest
    const sizes = layers.map(({ size }) => size)
    void annotate(describeSizes([{ architecture, layers: sizes }]).join('\n'))
    expect(sizes).toHaveLength(3)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(45_000_000)
    expect(sizes.at(-1)).toBeLessThanOrEqual(600_000)
  })

  test('says what it is, runs as 65532 by number, and names neither a commit nor a time of building', () => {
    const { config, created, history, ...platform } = of(architecture).config
    expect(platform).toMatchObject({ architecture, os: 'linux' })
    expect(config).toMatchObject({ User: '65532:65532', Entrypoint: ['/nodejs/bin/node', '/app/main.js'] })
    expect(config.Cmd ?? []).toEqual([])
    expect(config.Env).toEqual(['PATH=/nodejs/bin', 'NODE_OPTIONS=--max-semi-space-size=1'])
    const label = (name: string) => `org.opencontainers.image.${name}`
    expect(config.Labels).toMatchObject({ [label('version')]: version, [label('licenses')]: 'Apache-2.0' })
    const names = ['title', 'description', 'version', 'licenses', 'vendor', 'source', 'url', 'documentation'].map(label)
    expect(Object.keys(config.Labels).toSorted()).toEqual(names.toSorted())
    expect(new Set([created, ...history.map((entry) => entry.created)])).toEqual(new Set(['1970-01-01T00:00:00Z']))
  })

  test('has no program but Node, no setuid file, nothing that anyone may write but /tmp, and all belongs to root', async () => {
    const { rootfs, listing } = of(architecture)
    const entries = await readdir(rootfs, { recursive: true, withFileTypes: true })
    const found = await Promise.all(
      entries.map(async (entry) => {
        const path = join(entry.parentPath, entry.name)
        return { path: path.slice(rootfs.length), stat: await lstat(path) }
      }),
    )
    const paths = (chosen: typeof found) => chosen.map(({ path }) => path).toSorted()
    const files = found.filter(({ stat }) => stat.isFile())
    const programs = files.filter(({ path, stat }) => (stat.mode & 0o111) !== 0 && !/\.so(\.\d+)*$/.test(path))
    expect(paths(programs)).toEqual(['/nodejs/bin/node'])
    expect(paths(files.filter(({ stat }) => (stat.mode & 0o6000) !== 0))).toEqual([])
    const open = found.filter(({ stat }) => !stat.isSymbolicLink() && (stat.mode & 0o002) !== 0)
    expect(paths(open)).toEqual(['/tmp', '/var/tmp'])
    expect(listing.filter((line) => !/^\S+ 0\/0 .* 1970-01-01 00:00 /.test(line))).toEqual([])
  })

  test('its Node is of this platform, without symbols, and finds its loader and its libraries', () => {
    const { rootfs } = of(architecture)
    const node = readElf(join(rootfs, 'nodejs/bin/node'))
    expect(node).toMatchObject({ machine: architecture === 'amd64' ? 62 : 183, hasSymbols: false })
    expect(node.interpreter).toMatch(/^\/lib/)
    expect(node.needed).toContain('libstdc++.so.6')
    // Where the loader looks without a cache (ld.so(8)).
    const places = [`lib/${triple}`, `usr/lib/${triple}`].map((place) => join(rootfs, place))
    const absent = node.needed.filter((name) => !places.some((place) => existsSync(join(place, name))))
    expect(absent).toEqual([])
    expect(readElf(join(rootfs, node.interpreter ?? '')).machine).toBe(node.machine)
  })

  test('its SBOMs name Node, every Debian package and every npm package, inside and beside it', async () => {
    const { rootfs } = of(architecture)
    const base = await sbomAt(join(rootfs, 'usr/share/sbom/base.spdx.json'))
    const application = await sbomAt(join(rootfs, 'app/sbom.spdx.json'))
    const debian = await readdir(join(rootfs, 'var/lib/dpkg/status.d'))
    expect(namesIn(base)).toEqual([...debian, 'node'].toSorted())
    for (const name of debian) expect(existsSync(join(rootfs, 'usr/share/doc', name, 'copyright')), name).toBe(true)
    const beside = await sbomAt(join(image.layout, `../sbom-${architecture}.spdx.json`))
    expect(namesIn(beside)).toEqual([...namesIn(base), ...namesIn(application)].toSorted())
  })
})

describe('with a shell', () => {
  testShellImage({ image: () => image, plain: of, folder: () => folder.path })
})

const users: readonly (readonly [string, User, string])[] = [
  ['65532, to ECR', { uid: 65532, gid: 65532 }, ecrImage],
  ['an arbitrary uid of group 0, to ACR', { uid: 1_000_660_000, gid: 0 }, acrImage],
]

describe('in a container with a read-only root, no capability and 128 MiB', () => {
  test.each(users)('is confined as %s, and can write nowhere', async (_, user) => {
    const script = `
      import { readFileSync, writeFileSync } from 'node:fs'
      const status = readFileSync('/proc/self/status', 'utf8')
      const field = (name) => new RegExp('^' + name + ':\\\\s+(.*)$', 'm').exec(status)?.[1]
      const tried = ['/x', '/tmp/x', '/app/x', '/home/nonroot/x'].map((path) => {
        try { writeFileSync(path, ''); return 'written' } catch (error) { return error.code }
      })
      const { uid } = { uid: process.getuid() }
      console.log(JSON.stringify({ uid, version: process.version, noNew: field('NoNewPrivs'), caps: field('CapBnd'), tried }))`
    const seen: unknown = JSON.parse(await evaluate(of('amd64'), user, script))
    const { packages } = await sbomAt(join(of('amd64').rootfs, 'usr/share/sbom/base.spdx.json'))
    expect(seen).toEqual({
      uid: user.uid,
      version: `v${packages.find(({ name }) => name === 'node')?.versionInfo}`,
      noNew: '1',
      caps: '0000000000000000',
      tried: ['EROFS', 'EROFS', 'EROFS', 'EROFS'],
    })
  })

  test.each(users)(
    'pushes 1 GB as %s, prints its record and leaves nothing but its results',
    async (_, user, host) => {
      await using door = await openFrontDoor({ ...exampleCloud(), blobStorage: 'counted' })
      const source = join(folder.path, `source-${user.uid}`)
      const digest = await writeBigLayout(source, { layers: 4, megabytes: 250, seed: String(user.uid) })
      await chmod(source, 0o755)
      for (const part of ['nodejs', 'lib', 'usr/lib', 'app']) await forgetCached(join(of('amd64').rootfs, part))
      const { program, memory } = await containerProgram(of('amd64'), user, { folder: folder.path })
      const result = await door.push(host, { run: { program, workspaces: { source } } })
      expect(result.step.stderr).not.toContain('error  ')
      expect(result).toMatchObject({ succeeded: true, step: { status: 0 }, record: { data: { outcome: 'ok' } } })
      expect(result.results['IMAGE_DIGEST']).toBe(digest)
      const held = repositoryState(door.sandbox.world, host.split('/')[0] ?? '', example.repository)
      expect(held.manifest('1.4.2')?.digest).toBe(digest)
      const results = ['IMAGES', 'IMAGE_DIGEST', 'IMAGE_URL', 'record'].map((name) => `steps/step-push/results/${name}`)
      expect(result.leftFiles.map(({ path }) => path).toSorted()).toEqual(results)
      const { limit, peak, anonymous } = memory()
      expect(limit).toBe(memoryLimit)
      const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`
      process.stdout.write(
        `pushed 1 GB as ${user.uid}: ${megabytes(anonymous)} its own, ${megabytes(peak)} with files, of ${megabytes(limit)}
`,
      )
    },
    buildTime,
  )
})
