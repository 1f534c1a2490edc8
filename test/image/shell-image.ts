import { chmod, lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { BuiltImage } from '../../images/steps/build.ts'
import { platforms } from '../../images/steps/platforms.ts'
import { runProgram } from '../../images/steps/run-program.ts'
import { shellPackages } from '../../images/steps-shell/shell-files.ts'
import { skipWithout, toolPath } from '../foreign/tools.ts'
import { openScriptDoor } from '../run-script/script-door.ts'
import { canBuild, unpack, type Unpacked } from './built.ts'
import { containerProgram, type User } from './containers.ts'
import { readElf } from './elf.ts'
import { namesIn, type SpdxDocument } from './sbom.ts'

type Built = {
  readonly image: () => BuiltImage
  /** The plain image as it was unpacked for a platform. */
  readonly plain: (architecture: string) => Unpacked
  readonly folder: () => string
}

const unpackTime = 300_000

/** What the step Task requests. */
const memory = 192 * 1024 * 1024

/** Tests of the image with a shell, which was built together with the plain one. */
export function testShellImage({ image, plain, folder }: Built): void {
  const unpacked: Partial<Record<string, Unpacked>> = {}
  beforeAll(async () => {
    if (!canBuild()) return
    const { shell } = image()
    if (shell === undefined) throw new Error('it was not built')
    for (const { architecture } of platforms)
      unpacked[architecture] = await unpack(shell, architecture, join(folder(), `rootfs-shell-${architecture}`))
  }, unpackTime)
  const of = (architecture: string): Unpacked => {
    const found = unpacked[architecture]
    if (found === undefined) throw new Error(`${architecture} is not unpacked`)
    return found
  }

  describe.each(platforms)('$architecture', ({ architecture, triple }) => {
    test('is the plain image, layer by layer, and one layer of at most 31 MB on top', () => {
      const layers = of(architecture).manifest.layers
      expect(layers.slice(0, -1)).toEqual(plain(architecture).manifest.layers)
      expect(layers.at(-1)?.size).toBeLessThanOrEqual(31_000_000)
    })

    test('says so, and where its programs are; else it is as the plain one', () => {
      const [{ config }, other] = [of(architecture).config, plain(architecture).config]
      expect(config.Env).toEqual([...other.config.Env, 'PROGRAMS_PATH=/usr/bin:/bin'])
      expect(config).toMatchObject({ User: other.config.User, Entrypoint: other.config.Entrypoint })
      expect(config.Labels['org.opencontainers.image.title']).toBe('tekton-entra steps with a shell')
      expect(of(architecture).config.created).toBe('1970-01-01T00:00:00Z')
    })

    test('adds no setuid file, nothing that anyone may write, and takes no file of the plain one’s place', async () => {
      const added = of(architecture).listing.slice(plain(architecture).listing.length)
      expect(added.filter((line) => !/^\S+ 0\/0 .* 1970-01-01 00:00 /.test(line))).toEqual([])
      expect(added.filter((line) => /^-..s|^-.{5}s/.test(line))).toEqual([])
      expect(added.filter((line) => /^[^l].{7}w/.test(line))).toEqual([])
      const isFile = (line: string) => !line.startsWith('d')
      const path = (line: string) => / \d\d:\d\d (\S+)/.exec(line)?.[1]
      const before = new Set(plain(architecture).listing.filter(isFile).map(path))
      expect(
        added
          .filter(isFile)
          .map(path)
          .filter((name) => before.has(name)),
      ).toEqual([])
    })

    test('every program finds its loader, its libraries, or the program that reads it', async () => {
      const { rootfs } = of(architecture)
      const places = [`lib/${triple}`, `usr/lib/${triple}`]
      const libraries = new Set(
        (await Promise.all(places.map(async (place) => await readdir(join(rootfs, place))))).flat(),
      )
      const files = await filesBelow(rootfs, ['bin', 'usr/bin', 'usr/lib/git-core', ...places])
      const absent: string[] = []
      for (const file of files) {
        const start = (await readFile(file)).subarray(0, 80).toString('latin1')
        if (start.startsWith('\x7fELF')) {
          const { needed, interpreter, machine } = readElf(file)
          absent.push(...needed.filter((name) => !libraries.has(name)).map((name) => `${file}: ${name}`))
          if (machine !== (architecture === 'amd64' ? 62 : 183)) absent.push(`${file}: machine ${machine}`)
          if (interpreter !== undefined) await lstat(join(rootfs, interpreter))
        } else if (start.startsWith('#!')) {
          const reader = /^#!\s*(?:\/usr\/bin\/env\s+)?(\S+)/.exec(start)?.[1] ?? ''
          const paths = reader.startsWith('/') ? [reader] : [`/bin/${reader}`, `/usr/bin/${reader}`]
          const isThere = await Promise.all(paths.map(async (path) => await exists(join(rootfs, path))))
          if (!isThere.includes(true)) absent.push(`${file}: ${reader}`)
        }
      }
      expect(files.length).toBeGreaterThan(100)
      expect(absent).toEqual([])
    })

    test('its SBOMs name every package, inside and beside it, and each has its licence', async () => {
      const { rootfs } = of(architecture)
      const inside = await sbomAt(join(rootfs, 'usr/share/sbom/shell.spdx.json'))
      expect(namesIn(inside)).toEqual([...shellPackages].toSorted())
      const entries = await readdir(join(rootfs, 'var/lib/dpkg/status.d'))
      expect(shellPackages.filter((name) => !entries.includes(name))).toEqual([])
      for (const name of shellPackages) await readFile(join(rootfs, 'usr/share/doc', name, 'copyright'))
      const beside = await sbomAt(join(image().layout, `../sbom-shell-${architecture}.spdx.json`))
      const below = await sbomAt(join(image().layout, `../sbom-${architecture}.spdx.json`))
      expect(namesIn(beside)).toEqual([...new Set([...namesIn(below), ...shellPackages])].toSorted())
    })
  })

  const users: readonly (readonly [string, User])[] = [
    ['65532', { uid: 65_532, gid: 65_532 }],
    ['an arbitrary uid of group 0', { uid: 1_000_660_000, gid: 0 }],
  ]
  test.for(users)(
    'a script starts programs as %s, with a read-only root and no capability',
    async ([, user], context) => {
      skipWithout(context, 'git')
      await using door = await openScriptDoor()
      const source = join(folder(), `repository-${user.uid}`)
      await mkdir(source)
      await writeFile(join(source, 'a.txt'), 'one\n')
      const who = ['-c', 'user.name=ci', '-c', 'user.email=ci@example']
      for (const words of [
        ['init', '--quiet'],
        ['add', '.'],
        [...who, 'commit', '--quiet', '-m', 'one'],
        ['tag', 'v1.2.3'],
      ])
        await runProgram(toolPath('git'), ['-C', source, ...words])
      await chmod(source, 0o755)
      const { program } = await containerProgram(of('amd64'), user, { folder: folder(), memory })
      const params = { 'step-image': 'ghcr.io/tekton-entra/steps-shell:0.1.0', params: [`source=${source}`] }
      const { step, results } = await door.script(script, { params, run: { program, workspaces: { source } } })
      expect(step.status, step.stderr).toBe(0)
      expect(results).toMatchObject({ value: 'v1.2.3' })
      expect(JSON.parse(results['json'] ?? '')).toEqual([user.uid, 'Read-only file system', 'oNe,a.txt', true])
    },
  )
}

/** The README's example first. */
const script = `
  cd(workspace('source'))
  $.env = { ...process.env, GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'safe.directory', GIT_CONFIG_VALUE_0: '*' }
  result.set('value', (await $\`git describe --tags --always\`).text().trim())
  const uid = Number((await $\`id -u\`).text())
  const { stderr } = await $({ nothrow: true })\`touch /x\`
  const found = (await $\`find . -name a.txt | xargs cat | sed 's/n/N/' | grep oNe | gzip | gunzip; tar -c a.txt | tar -t\`).lines().join()
  const ended = await $\`sleep 300 | sleep 301\`.timeout('100ms').nothrow()
  const https = (await $({ nothrow: true })\`git ls-remote https://127.0.0.1:1/x\`).stderr
  result.set('json', JSON.stringify([uid, stderr.trim().split(': ').at(-1), found, !ended.ok && https.includes('127.0.0.1')]))`

async function filesBelow(rootfs: string, folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    folders.map(async (folder) => {
      const entries = await readdir(join(rootfs, folder), { withFileTypes: true })
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    }),
  )
  return found.flat()
}

async function exists(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  )
}

async function sbomAt(path: string): Promise<SpdxDocument> {
  return JSON.parse(await readFile(path, 'utf8'))
}
