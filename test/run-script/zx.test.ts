import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Metafile } from 'esbuild'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { scriptGlobals } from '../../steps/run-script/script-globals.ts'
import { mayUseZx, zxNames } from '../../steps/run-script/zx-names.ts'
import { zxGlobals } from '../../steps/run-script/zx-globals.ts'
import { told } from '../push-image/told.ts'
import manifest from '../../package.json' with { type: 'json' }
import { root } from '../contract/repository.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
afterAll(async () => await door[Symbol.asyncDispose]())

test('what needs no shell works in the plain image', async () => {
  const { step, results } = await door.call(
    {
      script: `
        cd(workspace('source'))
        const found = await glob('**/*.yaml')
        const { replicas } = YAML.parse(await fs.readFile(found[0]!, 'utf8')) as { replicas: number }
        await fs.outputJson(path.join(workspace('source'), 'deep/er/out.json'), { replicas })
        let tries = 0
        const last = await retry(3, '1ms', async () => { if ((tries += 1) < 3) throw new Error('not yet'); return tries })
        await sleep('1ms')
        echo(chalk.bold('found'), found.length)
        const here = await within(async () => { cd('deep'); return path.basename(process.cwd()) })
        result.set('json', JSON.stringify([found, replicas, last, await which('git', { nothrow: true }), os.EOL, here, quote("it's")]))`,
    },
    { 'app.yaml': 'replicas: 3\n' },
  )
  expect(step.status, step.stderr).toBe(0)
  expect(JSON.parse(results['json'] ?? '')).toEqual([['app.yaml'], 3, 3, null, '\n', 'deep', "$'it\\'s'"])
  expect(told(step.stderr, 'script')).toContain('found 1')
})

test('fetch stays ours, and a name of the script’s own takes the place of zx’s', async () => {
  const { step, results } = await door.script(`
    import path from 'node:path'
    const glob = 'mine'
    await fetch('https://hooks.contoso.example/x')
    result.set('value', path.join(glob, 'a'))`)
  expect(step.status, step.stderr).toBe(0)
  expect(results['value']).toBe('mine/a')
  expect(door.recorder.fresh()).toMatchObject([{ url: 'https://hooks.contoso.example/x', credential: 'none' }])
})

test('what a pod has no use for is not there', async () => {
  const { results } = await door.script(`
    const absent = ['question', 'spinner', 'stdin', 'argv', 'minimist', 'tmpdir', 'tmpfile', 'dotenv', 'usePwsh', 'ps', 'kill']
    echo('so that zx is loaded')
    result.set('json', JSON.stringify(absent.filter((name) => name in globalThis)))`)
  expect(results['json']).toBe('[]')
})

describe('zx is loaded where a script may use it, and nowhere else', () => {
  test.each([
    ['a script without its names', 'result.set("value", String("gl" + "ob" in globalThis))', 'false'],
    ['one with a name', 'result.set("value", String("gl" + "ob" in globalThis) + typeof retry)', 'truefunction'],
  ])('%s', async (_, script, value) => {
    const { step, results } = await door.script(script)
    expect(step.status, step.stderr).toBe(0)
    expect(results['value']).toBe(value)
  })

  test('it is a part of the bundle by itself, which only the script’s process asks for', async () => {
    const meta: Metafile = JSON.parse(await readFile(join(dirname(inject('stepProgram')), 'meta.json'), 'utf8'))
    const parts = Object.entries(meta.outputs).filter(([name]) => name.endsWith('.js'))
    const isWithZx = (inputs: object) => Object.keys(inputs).some((input) => input.includes('node_modules/zx/'))
    const withZx = parts.filter(([, { inputs }]) => isWithZx(inputs)).map(([name]) => name)
    expect(withZx).toHaveLength(1)
    const asking = parts.flatMap(([name, { imports, inputs }]) =>
      imports.filter(({ path }) => path === withZx[0]).map(({ kind }) => ({ name, kind, inputs: Object.keys(inputs) })),
    )
    expect(asking).toEqual([expect.objectContaining({ kind: 'dynamic-import' })])
    expect(asking[0]?.inputs).toContain('steps/run-script/script-process.ts')
  })

  test.each([
    ['`${a}`', false],
    ['const path$ = 1; const $path = fsync', false],
    ['a.price$', false],
    ['$`ls`', true],
    ['run($)', true],
    ['`${$.verbose}`', true],
    ['fs.x', true],
  ])('%s: %s', (text, may) => expect(mayUseZx(text)).toBe(may))
})

describe('a script finds exactly what is told of it', () => {
  const start = { name: '', text: '', check: false, hasShell: true, params: {}, workspaces: {}, results: [] }
  const link = {
    start: Promise.resolve(start),
    ask: async () => await Promise.reject(new Error('unasked')),
    tell: () => {},
  }
  const zx = zxGlobals(true)
  const found = Object.keys({ ...scriptGlobals(start, link), ...zx }).toSorted()

  test('to editors', async () => {
    const text = await readFile(`${root}/examples/scripts/run-script.d.ts`, 'utf8')
    const declared = [...text.matchAll(/^declare (?:const|function) ([\w$]+)/gm)].map(([, name = '']) => name)
    // Node's own types tell of `fetch`.
    expect([...declared, 'fetch'].toSorted()).toEqual(found)
    const readme = await readFile(`${root}/examples/scripts/README.md`, 'utf8')
    expect(/ zx@(\S+?)`/.exec(readme)?.[1]).toBe(manifest.dependencies.zx)
  })

  test('to readers', async () => {
    const readme = await readFile(`${root}/tasks/run-script/README.md`, 'utf8')
    const rows = readme.split('\n').filter((line) => line.startsWith('| `'))
    const named = rows.map((line) => line.split(' | ')[0]).join()
    expect(
      found.filter((name) => !new RegExp(String.raw`(?<![\w$])${name.replace('$', '\\$')}(?![\w$])`).test(named)),
    ).toEqual([])
  })

  test('of fs, the functions that editors know', async () => {
    const text = await readFile(`${root}/examples/scripts/run-script.d.ts`, 'utf8')
    const declared = text.slice(text.indexOf('declare const fs'), text.indexOf('declare const path'))
    const names = [...declared.matchAll(/\| '(\w+)'|^ {4}(\w+)\(|'(\w+)'(?= \||>)/gm)].map(
      ([, a, b, c]) => a ?? b ?? c ?? '',
    )
    expect(names.length).toBeGreaterThan(25)
    expect(names.filter((name) => typeof Reflect.get(zx.fs as object, name) !== 'function')).toEqual([])
  })

  test('of zx, the names that make it be loaded', () => {
    expect(Object.keys(zx).toSorted()).toEqual([...zxNames].toSorted())
  })
})
