import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { writeApplication } from '../../images/steps/application.ts'
import { bundledPackages, licenseTexts } from '../../images/steps/bundled-packages.ts'
import { bundleSteps } from '../../images/steps/bundle.ts'
import { spdxDocument } from '../../images/steps/spdx.ts'
import { version } from '../../steps/lib/core/version.ts'
import { root } from '../contract/repository.ts'
import { namesIn, type SpdxDocument } from './sbom.ts'

let folder: string
let application: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'application-'))
  application = join(folder, 'application')
  await writeApplication(application)
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

/** Names, modes and contents of all files of a folder. */
async function fingerprint(place: string): Promise<string> {
  const hash = createHash('sha256')
  for (const name of (await readdir(place)).toSorted()) {
    const { mode } = await stat(join(place, name))
    hash.update(`${name} ${mode} `).update(await readFile(join(place, name)))
  }
  return hash.digest('hex')
}

test('the application is the same, byte for byte, wherever it is built and whatever the umask', async () => {
  const before = process.umask(0o077)
  try {
    const deep = join(folder, 'some', 'where', 'else')
    await writeApplication(deep)
    expect(await fingerprint(deep)).toBe(await fingerprint(application))
  } finally {
    process.umask(before)
  }
})

test('its SBOM names every npm package whose code is in the bundle, and no other', async () => {
  // Source maps are another account of the same: which files the lines came from.
  const mapped = join(folder, 'mapped')
  await bundleSteps(mapped)
  const maps = (await readdir(mapped)).filter((name) => name.endsWith('.js.map'))
  const sources = await Promise.all(
    maps.map(async (name): Promise<readonly string[]> => {
      const map: { sources: string[] } = JSON.parse(await readFile(join(mapped, name), 'utf8'))
      return map.sources
    }),
  )
  const found = sources.flat().flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? [])
  const sbom: SpdxDocument = JSON.parse(await readFile(join(application, 'sbom.spdx.json'), 'utf8'))
  expect(found.length).toBeGreaterThan(100)
  // zx comes with packages inside, and a list of them.
  const list = await readFile(join(root, 'node_modules/zx/build/3rd-party-licenses'), 'utf8')
  const inside = list.split('\n').flatMap((line) => /^(@?[^@\s]+)@\d/.exec(line)?.[1] ?? [])
  expect(inside).toEqual(expect.arrayContaining(['chalk', 'fs-extra', 'globby', 'yaml']))
  expect(namesIn(sbom)).toEqual([...new Set([...found, ...inside])].toSorted())
})

test('carries a licence text for every package of the SBOM', async () => {
  const sbom: SpdxDocument = JSON.parse(await readFile(join(application, 'sbom.spdx.json'), 'utf8'))
  const lines = (await readFile(join(application, 'THIRD-PARTY-LICENSES.txt'), 'utf8')).split('\n')
  const absent = sbom.packages.slice(1).filter((entry) => !lines.includes(`${entry.name} ${entry.versionInfo}`))
  expect(absent).toEqual([])
})

test('a package without a licence file is named with what it says of itself', () => {
  const meta = {
    inputs: {},
    outputs: {
      'main.js': {
        bytes: 9,
        imports: [],
        exports: [],
        inputs: {
          'node_modules/bowser/es5.js': { bytesInOutput: 9 },
          'node_modules/jose/unused.js': { bytesInOutput: 0 },
          'steps/main.ts': { bytesInOutput: 9 },
        },
      },
    },
  }
  const [bowser, ...others] = bundledPackages(meta, root)
  expect(others).toEqual([])
  expect(bowser).toMatchObject({ name: 'bowser', license: 'MIT' })
  const bare = { name: 'x', version: '1.0.0', purl: 'pkg:npm/x@1.0.0', license: 'ISC', folder }
  expect(licenseTexts([bare])).toBe('x 1.0.0\n\nThe package has no licence file. It says of itself: ISC.\n')
})

test('an SBOM bears no time, does not depend on the order of its contents, and has a name of its own for each contents', () => {
  const one = { name: 'one', version: '1', purl: 'pkg:npm/one@1' }
  const two = { name: 'two', version: '2', purl: 'pkg:npm/two@2' }
  expect(spdxDocument('sample', [two, one])).toBe(spdxDocument('sample', [one, two]))
  const named = (text: string) => (JSON.parse(text) as SpdxDocument).documentNamespace
  expect(named(spdxDocument('sample', [one]))).not.toBe(named(spdxDocument('sample', [one, two])))
  const document: SpdxDocument = JSON.parse(spdxDocument('sample', [one]))
  expect(document).toMatchObject({ spdxVersion: 'SPDX-2.3', creationInfo: { created: '1970-01-01T00:00:00Z' } })
  expect(document.relationships.map(({ relationshipType }) => relationshipType)).toEqual(['DESCRIBES', 'CONTAINS'])
})

test('the Containerfile pins its base by digest, names the version of this package, and runs as a number', async () => {
  const lines = (await readFile(`${root}/images/steps/Containerfile`, 'utf8')).split('\n')
  expect(lines.find((line) => line.startsWith('ARG BASE='))).toMatch(/^ARG BASE=\S+:nonroot@sha256:[0-9a-f]{64}$/)
  expect(lines).toContain(`ARG VERSION=${version}`)
  expect(lines).toContain('USER 65532:65532')
})
