import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { parseSync } from 'oxc-parser'
import { describe, expect, test } from 'vitest'
import { root } from './repository.ts'

/** Floors of steps/lib, lowest first; a file imports its own floor's folder and those below. Domains of one floor never meet. */
const floors: readonly (readonly string[])[] = [
  ['core'],
  ['http', 'audit'],
  ['token', 'azure', 'aws', 'oci', 'sink', 'handover', 'kubernetes'],
  ['federation', 'approval'],
  ['step'],
  ['delivery', 'trust'],
  ['catalog'],
]

/** The packages that each folder may use; no other folder may use any. */
const packages: Readonly<Record<string, readonly string[]>> = {
  core: ['jose'],
  azure: ['@azure/identity', '@azure/core-rest-pipeline'],
  oci: ['tar/header', 'tar/types'],
  aws: ['@aws-sdk/client-sts', '@aws-sdk/client-ecr', '@aws-sdk/client-ecr-public'],
  catalog: ['yaml'],
  cli: ['yaml'],
}

type Import = { readonly from: string; readonly to: string }

/** All static and dynamic imports below steps/, type imports among them; relative ones as paths from the root. */
function importsOf(file: string): Import[] {
  const { module } = parseSync(file, readFileSync(join(root, file), 'utf8'))
  const specifiers = [
    ...module.staticImports.map((entry) => entry.moduleRequest.value),
    ...module.staticExports.flatMap((entry) => entry.entries.map(({ moduleRequest }) => moduleRequest?.value ?? '')),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => {
      const written = readFileSync(join(root, file), 'utf8').slice(start, end)
      return /^['"]/.test(written) ? written.slice(1, -1) : `computed:${written}`
    }),
  ].filter((specifier) => specifier !== '')
  return specifiers.map((specifier) => ({
    from: file,
    to: specifier.startsWith('.') ? normalize(join(dirname(file), specifier)) : specifier,
  }))
}

const files = readdirSync(join(root, 'steps'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('steps', file))
const imports = files.flatMap(importsOf)

/** `core`, `oci` … for a file of steps/lib; undefined elsewhere. */
function folderOf(path: string): string | undefined {
  return /^steps\/lib\/([^/]+)\//.exec(path)?.[1]
}

/** `source` or `registry` for a file of those, `''` for what they share; undefined elsewhere. */
function partOfOci(path: string): string | undefined {
  const [, , inOci, part] = /^(steps\/lib\/)(oci\/)(?:([^/]+)\/)?/.exec(path) ?? []
  return inOci === undefined ? undefined : (part ?? '')
}

function roomOf(path: string): string | undefined {
  const room = /^steps\/([^/]+)\//.exec(path)?.[1]
  return room === 'lib' || room === 'cli' ? undefined : room
}

/** The command line for laptops: no room, and nothing that the image carries. */
function isCli(path: string): boolean {
  return path === 'steps/cli.ts' || path.startsWith('steps/cli/')
}

function isDeclarationForLint(from: string, to: string): boolean {
  return from === 'steps/cli/lint/our-steps.ts' && /^steps\/[^/]+\/step\.ts$/.test(to)
}

function floorOf(folder: string): number {
  return floors.findIndex((floor) => floor.includes(folder))
}

const outside = 'only the command line imports what is outside of steps/, and of that only the sandbox'

/** The rules, each giving what breaks it. Checked on real imports and on invented ones, so that none can become vacuous. */
const rules: Readonly<Record<string, (entry: Import) => boolean>> = {
  'a room imports no other room': ({ from, to }) =>
    roomOf(to) !== undefined && roomOf(from) !== undefined && roomOf(from) !== roomOf(to),
  'run.ts is imported by steps/main.ts alone': ({ from, to }) =>
    /^steps\/[^/]+\/run\.ts$/.test(to) && from !== 'steps/main.ts',
  'steps/lib knows no room': ({ from, to }) => folderOf(from) !== undefined && roomOf(to) !== undefined,
  'no floor imports a higher one, and domains of one floor do not meet': ({ from, to }) => {
    const [here, there] = [folderOf(from), folderOf(to)]
    return here !== undefined && there !== undefined && here !== there && floorOf(there) >= floorOf(here)
  },
  'what reads an image and what sends it do not meet, and what both share knows neither': ({ from, to }) => {
    const [here, there] = [partOfOci(from), partOfOci(to)]
    return there !== undefined && there !== '' && here !== undefined && here !== there
  },
  'no room and no entry imports what only the repository uses': ({ from, to }) =>
    folderOf(to) === 'catalog' && folderOf(from) !== 'catalog' && !isCli(from),
  'nothing that the image carries imports the command line': ({ from, to }) => isCli(to) && !isCli(from),
  'the command line starts steps as programs, and imports no room but its declaration, to lint': ({ from, to }) =>
    isCli(from) && ((roomOf(to) !== undefined && !isDeclarationForLint(from, to)) || to === 'steps/main.ts'),
  [outside]: ({ from, to }) => {
    if (!/^(test|tasks|images|examples)\//.test(to)) return false
    return !isCli(from) || !to.startsWith('test/sandbox/')
  },
  'a package is used only by its folder': ({ from, to }) => {
    if (/^(steps\/|test\/|node:)/.test(to)) return false
    // The one place where what is imported is not written there: the user's script.
    if (to.startsWith('computed:')) return from !== 'steps/run-script/script-process.ts'
    if (to === 'zx') return from !== 'steps/run-script/zx-globals.ts'
    return !(packages[isCli(from) ? 'cli' : (folderOf(from) ?? '')] ?? []).includes(to)
  },
}

describe('imports', () => {
  test.each(Object.entries(rules))('%s', (_, breaks) => {
    expect(imports.filter(breaks)).toEqual([])
  })

  test('every folder of steps/lib stands on a floor', () => {
    const folders = new Set(files.map(folderOf).filter((folder) => folder !== undefined))
    expect([...folders].filter((folder) => floorOf(folder) === -1)).toEqual([])
  })

  test.each<[rule: string, from: string, to: string]>([
    ['a room imports no other room', 'steps/copy-image/run.ts', 'steps/push-image/target.ts'],
    ['run.ts is imported by steps/main.ts alone', 'steps/lib/step/run-step.ts', 'steps/push-image/run.ts'],
    [
      'what reads an image and what sends it do not meet, and what both share knows neither',
      'steps/lib/oci/registry/push.ts',
      'steps/lib/oci/source/layout.ts',
    ],
    [
      'what reads an image and what sends it do not meet, and what both share knows neither',
      'steps/lib/oci/image.ts',
      'steps/lib/oci/registry/push.ts',
    ],
    ['steps/lib knows no room', 'steps/lib/oci/registry/push.ts', 'steps/push-image/step.ts'],
    [
      'no floor imports a higher one, and domains of one floor do not meet',
      'steps/lib/oci/registry/push.ts',
      'steps/lib/azure/clouds.ts',
    ],
    [
      'no floor imports a higher one, and domains of one floor do not meet',
      'steps/lib/core/retry.ts',
      'steps/lib/http/client.ts',
    ],
    [
      'no room and no entry imports what only the repository uses',
      'steps/push-image/run.ts',
      'steps/lib/catalog/task.ts',
    ],
    ['a package is used only by its folder', 'steps/lib/oci/registry/push.ts', '@aws-sdk/client-ecr'],
    ['a package is used only by its folder', 'steps/cli/clouds.ts', '@azure/identity'],
    ['a package is used only by its folder', 'steps/run-script/run.ts', 'computed:url'],
    ['a package is used only by its folder', 'steps/run-script/script-process.ts', 'zx'],
    ['nothing that the image carries imports the command line', 'steps/main.ts', 'steps/cli/print.ts'],
    ['nothing that the image carries imports the command line', 'steps/lib/step/log.ts', 'steps/cli.ts'],
    [
      'the command line starts steps as programs, and imports no room but its declaration, to lint',
      'steps/cli/run-task-command.ts',
      'steps/push-image/step.ts',
    ],
    [
      'the command line starts steps as programs, and imports no room but its declaration, to lint',
      'steps/cli/lint/our-steps.ts',
      'steps/push-image/inputs.ts',
    ],
    [
      'the command line starts steps as programs, and imports no room but its declaration, to lint',
      'steps/cli.ts',
      'steps/main.ts',
    ],
    [outside, 'steps/push-image/run.ts', 'test/sandbox/sandbox.ts'],
    [outside, 'steps/cli/tasks.ts', 'test/contract/repository.ts'],
  ])('the rule "%s" would catch %s importing %s', (rule, from, to) => {
    expect(rules[rule]?.({ from, to })).toBe(true)
  })

  test('no files import each other in a circle', () => {
    expect(findCircle()).toEqual([])
  })

  test('there are no barrels and no catch-all files', () => {
    expect(files.filter((file) => /(^|\/)(index|utils?|helpers?|common)\b/.test(file))).toEqual([])
  })
})

function findCircle(): string[] {
  const next = Map.groupBy(imports, ({ from }) => from)
  const done = new Set<string>()
  const walk = (file: string, path: readonly string[]): string[] => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return []
    for (const { to } of next.get(file) ?? []) {
      const circle = walk(to, [...path, file])
      if (circle.length > 0) return circle
    }
    done.add(file)
    return []
  }
  for (const file of files) {
    const circle = walk(file, [])
    if (circle.length > 0) return circle
  }
  return []
}
