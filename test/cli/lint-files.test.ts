import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rules } from '../../steps/cli/lint/rules.ts'
import { call, jsonOf } from './command-line.ts'
import { bundled, ownTask, pipeline, taskRun } from './lint-documents.ts'

const wrong = taskRun.replace('name: dry-run', 'name: dryrun')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-lint-files-'))
  await mkdir(join(folder, 'sub', 'node_modules'), { recursive: true })
  await writeFile(join(folder, 'two.yaml'), `${taskRun}---\n${wrong}`)
  await writeFile(join(folder, 'sub', 'one.yml'), wrong)
  await writeFile(join(folder, 'sub', 'chart.yaml'), '{{- if .Values.isOn }}\nname: x\n{{- end }}\n')
  await writeFile(join(folder, 'sub', 'notes.txt'), wrong)
  await writeFile(join(folder, 'sub', 'node_modules', 'theirs.yaml'), wrong)
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

async function found(input: string): Promise<readonly string[]> {
  const { findings } = jsonOf(await call(['lint', '-', '--output', 'json'], { input })) as {
    findings: readonly { readonly rule: string; readonly got: string }[]
  }
  return findings.map(({ rule, got }) => `${rule} ${got}`)
}

describe('what is read', () => {
  test('of a folder is all YAML below it that speaks of Tekton, every document of it', async () => {
    const { code, stdout, stderr } = await call(['lint', '.'], { cwd: folder })
    expect(stdout.split('\n').map((line) => line.split(' error ')[0])).toEqual([
      'sub/one.yml:17:13:',
      'two.yaml:40:13:',
      '',
    ])
    expect(stderr).toContain('2 files, 3 Tekton objects, 3 calls of ours, 2 findings')
    expect(code).toBe(1)
  })

  test('is a file that is named, whatever is in it', async () => {
    const { code, stdout } = await call(['lint', 'sub/chart.yaml', 'two.yaml'], { cwd: folder })
    expect(stdout).toMatch(
      /^sub\/chart\.yaml:1:\d+: error yaml-syntax: .*\ntwo\.yaml:40:13: error unknown-param: .*\n$/,
    )
    expect(code).toBe(1)
  })

  test('are the objects of a List and of a TriggerTemplate', async () => {
    const indented = (text: string) => text.trimEnd().split('\n').join('\n      ')
    expect(await found(`apiVersion: v1\nkind: List\nitems:\n    - ${indented(wrong)}\n`)).toEqual([
      'unknown-param "dryrun"',
    ])
    const template = wrong.replace('"latest"', '"$(tt.params.tag)"')
    const trigger = 'apiVersion: triggers.tekton.dev/v1beta1\nkind: TriggerTemplate\nspec:\n  resourcetemplates:'
    expect(await found(`${trigger}\n    - ${indented(template)}\n`)).toEqual(['unknown-param "dryrun"'])
  })
})

describe('a wrong call ends with 64 and nothing on standard output', () => {
  test.each<[args: readonly string[], told: readonly string[]]>([
    [[], ['an argument is missing: FILE… [options]']],
    [
      ['no.yaml', 'two.yaml', 'none'],
      ['no.yaml cannot be read', 'none cannot be read', 'npx tekton-entra lint --help'],
    ],
    [['--output', 'xml', 'two.yaml'], ['--output: got "xml", expected one of text, json, sarif']],
  ])('%j', async (args, told) => {
    const { code, stdout, stderr } = await call(['lint', ...args], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    for (const text of told) expect(stderr).toContain(text)
  })
})

describe('what is ours', () => {
  const misspelt = (text: string) => text.replace('name: path', 'name: paht')

  test.each([
    ['by name', misspelt(pipeline)],
    ['by a bundle, wherever it is mirrored to', misspelt(bundled).replace('ghcr.io/', 'registry.contoso.com/mirror/')],
    [
      'by the hub',
      misspelt(bundled).replace('resolver: bundles', 'resolver: hub').replace('name: bundle', 'name: catalog'),
    ],
    [
      'by git',
      misspelt(pipeline).replace(
        'name: push-image\n',
        'resolver: git\n        params: [{ name: url, value: "https://github.com/tekton-entra/tekton-entra" }, { name: pathInRepo, value: "tasks/push-image/push-image.yaml" }]\n',
      ),
    ],
  ])('%s', async (_, text) => {
    expect(await found(text)).toEqual(['unknown-param "paht"'])
  })

  test.each([
    [
      'a Task of that name in the same files',
      `${misspelt(pipeline)}---\n${ownTask.replace('name: release-web', 'name: push-image').replace(/ {2}steps:\n[^]*/, '  steps: [{ name: a, image: busybox }]\n')}`,
    ],
    ['a resolver of somebody else', misspelt(bundled).replace('resolver: bundles', 'resolver: __proto__')],
    ['a bundle of somebody else', misspelt(bundled).replace('tekton-entra', 'contoso')],
    [
      'a custom task',
      misspelt(pipeline).replace('name: push-image\n', 'name: push-image\n        apiVersion: example.com/v1\n'),
    ],
  ])('is not %s', async (_, text) => {
    expect(await found(text)).toEqual([])
  })
})

describe('nothing is said of', () => {
  test.each([
    ['values that somebody fills in before Tekton', pipeline.replace('"out"', '"{{ revision }}/../x"')],
    [
      'a param of the run in what the run has written out',
      pipeline
        .replace('kind: Pipeline\n', 'kind: PipelineRun\n')
        .replace('spec:\n', 'spec:\n  params: [{ name: tag, value: "1" }]\n  pipelineSpec:\n')
        .replace(
          / {2}pipelineSpec:\n([^]*)/,
          (_, rest: string) =>
            `  pipelineSpec:\n${rest.replace('    - name: tag\n      type: string\n', '').replaceAll(/^/gm, '  ').trimEnd()}\n`,
        ),
    ],
    [
      'a matrix over a param',
      pipeline
        .replace('        - name: path\n          value: "out"\n', '')
        .replace(
          '      workspaces:\n',
          '      matrix:\n        params:\n          - name: path\n            value: ["a", "b"]\n      workspaces:\n',
        )
        .replaceAll('"$(tasks.push.results.IMAGE_DIGEST)"', '"$(tasks.push.results.IMAGE_DIGEST[*])"'),
    ],
    [
      'a value by an alias',
      pipeline
        .replace('"out"', '&out "out"')
        .replace('text\n          value: "$(tasks.push.results.IMAGE_DIGEST)"', 'text\n          value: *out'),
    ],
    ['shell that looks like a variable', ownTask.replace('/etc/os-release', './version.txt')],
  ])('%s', async (_, text) => {
    expect(text).not.toBe(pipeline)
    expect(await found(text)).toEqual([])
  })

  test('a registry of a cloud that the profile may name', async () => {
    expect(await found(pipeline.replace('azurecr.io/shop/web:$(params.tag)', 'azurecr.cn/shop/web:1'))).toEqual([])
  })
})

test('a list in the place of a map, and the other way round, are left to the cluster', async () => {
  const run = 'apiVersion: tekton.dev/v1\nkind: TaskRun\nspec:\n  taskRef: { name: push-image }\n'
  const odd = ['  params: { image: x }\n  workspaces: 3\n', '  params: [1, null, { name: [] }]\n']
  const input = `[1]\n---\n---\ntext\n${odd.map((rest) => `---\n${run}${rest}`).join('')}`
  const nothing = ['missing-param nothing', 'missing-workspace nothing']
  expect(await found(input)).toEqual([...nothing, ...nothing])
})

test('aliases that never end are told as such', async () => {
  expect(await found('apiVersion: tekton.dev/v1\nkind: Task\nspec: &spec\n  again: *spec\n')).toEqual([
    expect.stringContaining('yaml-syntax "aliases make it too large, or go in a circle"'),
  ])
})

test('SARIF has what code scanning asks for', async () => {
  const { code, stdout } = await call(['lint', '.', '--output', 'sarif'], { cwd: folder })
  expect(code).toBe(1)
  const ids = Object.keys(rules)
  expect(JSON.parse(stdout)).toEqual({
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tekton-entra lint',
            version: expect.stringMatching(/^\d+\.\d+\.\d+/) as unknown,
            informationUri: expect.stringMatching(/^https:/) as unknown,
            rules: Object.entries(rules).map(([id, { severity, summary, mend }]) => ({
              id,
              shortDescription: { text: summary },
              help: { text: mend },
              helpUri: expect.stringMatching(/^https:/) as unknown,
              defaultConfiguration: { level: severity },
            })),
          },
        },
        columnKind: 'utf16CodeUnits',
        results: [
          ['sub/one.yml', 17],
          ['two.yaml', 40],
        ].map(([uri, startLine]) => ({
          ruleId: 'unknown-param',
          ruleIndex: ids.indexOf('unknown-param'),
          level: 'error',
          message: { text: expect.stringContaining('did you mean "dry-run"?') as unknown },
          locations: [{ physicalLocation: { artifactLocation: { uri }, region: { startLine, startColumn: 13 } } }],
        })),
      },
    ],
  })
})
