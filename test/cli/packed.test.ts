import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleCli } from '../../images/steps/bundle-cli.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { call, jsonOf, startCliSandbox } from './command-line.ts'

// Outside of the repository: no `node_modules` is above it.
let scratch: string
let bin: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-packed-'))
  bin = await bundleCli(join(scratch, 'package'))
})
afterAll(async () => await rm(scratch, { recursive: true, force: true }))

test('the packed command line runs the clouds, and a Task on them, without any package beside it', async () => {
  const source = join(scratch, 'image')
  const digest = await writeSampleLayout(source, { layers: [{ hello: 'hello\n' }] })
  await using sandbox = await startCliSandbox([], { bin, cwd: scratch })
  expect(sandbox.description.config).toEqual(exampleCloud())
  const image = `${example.ecrHost}/${example.repository}:1`
  const called = await sandbox.call(['task', 'push-image', '-p', `image=${image}`, '-w', `source=${source}`], {
    bin,
    cwd: scratch,
  })
  expect(jsonOf(called)).toMatchObject({ exitCode: 0, results: { IMAGE_URL: image, IMAGE_DIGEST: digest } })
})

test('it says the same as that of the checkout', async () => {
  for (const args of [['--help'], ['task', 'push-image', '--help'], ['fault', 'add', '--help'], ['nonsense']]) {
    expect(await call(args, { bin, cwd: scratch })).toEqual(await call(args))
  }
})

test('it asks for nothing but what Node has, and brings Tasks, StepActions and the schema', async () => {
  const meta = JSON.parse(await readFile(join(scratch, 'package', 'meta.json'), 'utf8')) as {
    readonly outputs: Readonly<
      Record<string, { readonly imports: readonly { readonly path: string; readonly external?: boolean }[] }>
    >
  }
  const outside = Object.values(meta.outputs).flatMap(({ imports }) =>
    imports.filter(({ external }) => external === true),
  )
  const foreign = outside.map(({ path }) => path.replace(/^node:/, '')).filter((path) => !builtinModules.includes(path))
  expect(new Set(foreign)).toEqual(new Set())
  const there = await readdir(join(scratch, 'package'), { recursive: true })
  for (const file of ['tasks/push-image/push-image.yaml', 'stepactions/push-image.yaml', 'config.schema.json']) {
    expect(there).toContain(file)
  }
})
