import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readScript } from '../../steps/run-script/script-source.ts'
import { scriptAnnotation } from '../../steps/run-script/inputs.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { readTask } from '../contract/repository.ts'
import { toldProse } from '../push-image/told.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
afterAll(async () => await door[Symbol.asyncDispose]())

/** Blank lines at both ends, and all that Tekton or Kubernetes would change in a param. */
const text = `\n\n// $(params.identity) $$ $(HOME)\nresult.set('value', \`\${1 + 1}$$\` + (new Error('x').stack?.match(/:(\\d+):/)?.[1] ?? ''))\n\n`
function withAnnotation(script: string): Task {
  const task = readTask('run-script')
  const annotations = { ...task.metadata.annotations, [scriptAnnotation]: script }
  return { ...task, metadata: { ...task.metadata, annotations } }
}

const digest = `sha256:${createHash('sha256').update(text).digest('hex')}`

test.each([
  ['a file', { 'script-file': 'deploy.ts' }, {}],
  ['a ConfigMap', { 'script-from': 'deploy' }, { deploy: { 'script.ts': text } }],
])('%s comes byte for byte', async (_, params, profiles) => {
  const { step, results, record } = await door.call(params, { 'deploy.ts': text }, { profiles })
  expect(step.status, step.stderr).toBe(0)
  expect(results['value']).toBe('2$$4')
  expect(record.data.action).toMatchObject({ digest })
})

test.each([
  ['the run', { annotations: { [scriptAnnotation]: text } }],
  ['its Task', { task: withAnnotation(text) }],
  ['the run, over that of its Task', { task: withAnnotation('never'), annotations: { [scriptAnnotation]: text } }],
])('an annotation of %s comes byte for byte', async (_, run) => {
  const { step, results, record } = await door.call({}, {}, { run })
  expect(step.status, step.stderr).toBe(0)
  expect(results['value']).toBe('2$$4')
  expect(record.data.action).toMatchObject({ digest })
  expect(toldProse(step.stderr, 'script')).toContain(`from the annotation ${scriptAnnotation}`)
})

test('JavaScript is taken as it is', async () => {
  const { step, results } = await door.call(
    { 'script-file': 'a.mjs' },
    { 'a.mjs': `const f = (a) => a\nresult.set('value', String(f < 3 > (1)))` },
  )
  expect(step.status, step.stderr).toBe(0)
  expect(results['value']).toBe('false')
})

test('a param is changed by Kubernetes, as the README says', async () => {
  const { results } = await door.script(`result.set('value', 'a$$b')`)
  expect(results['value']).toBe('a$b')
})

test('a link in the workspace that leads out is not followed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-link-'))
  try {
    await writeFile(join(folder, 'outside.ts'), 'console.log(1)')
    const workspace = await mkdtemp(join(folder, 'workspace-'))
    await symlink('../outside.ts', join(workspace, 'a.ts'))
    await symlink('/proc/self/environ', join(workspace, 'b.ts'))
    for (const file of ['a.ts', 'b.ts'])
      await expect(readScript({ 'script-file': file }, { workspace, annotated: undefined })).rejects.toMatchObject({
        code: 'SCRIPT_UNUSABLE',
      })
  } finally {
    await rm(folder, { recursive: true })
  }
})
