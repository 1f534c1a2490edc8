import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { checkRun, type TaskRun } from '../../steps/lib/catalog/check-run.ts'
import { allSteps, readTask, root, taskNames } from './repository.ts'

const tasks = new Map(taskNames().map((name) => [name, readTask(name)]))

const folders = ['tasks', 'examples'].filter((folder) => existsSync(`${root}/${folder}`))
const samples = folders.flatMap((folder) =>
  readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => /(^|\/)(samples\/|examples\/)?[^/]+\.yaml$/.test(file))
    .map((file) => `${folder}/${file}`),
)

function runsOf(file: string): TaskRun[] {
  return parseAllDocuments(readFileSync(`${root}/${file}`, 'utf8'))
    .map((document) => document.toJS() as TaskRun)
    .filter(({ kind }) => kind === 'TaskRun')
}

test.each(samples.filter((file) => runsOf(file).length > 0))('%s calls its Task as that declares itself', (file) => {
  for (const run of runsOf(file)) expect(checkRun(run, tasks, allSteps)).toEqual([])
})

const good: TaskRun = {
  kind: 'TaskRun',
  spec: {
    taskRef: { name: 'push-image' },
    params: [{ name: 'image', value: 'contoso.azurecr.io/shop/web:1.0' }],
    workspaces: [{ name: 'source' }],
  },
}

test.each<[what: string, change: Partial<TaskRun['spec']>, fault: RegExp]>([
  [
    'an unknown param',
    { params: [...(good.spec.params ?? []), { name: 'dryrun', value: 'true' }] },
    /gives "dryrun", which push-image does not take: Tekton would ignore it/,
  ],
  ['a missing param', { params: [] }, /does not give "image"/],
  [
    'a literal that the step would refuse',
    { params: [...(good.spec.params ?? []), { name: 'dry-run', value: 'yes' }] },
    /gives "dry-run" as "yes", expected/,
  ],
  [
    'a list as text',
    { params: [...(good.spec.params ?? []), { name: 'allowed-accounts', value: '123456789012' }] },
    /gives "allowed-accounts" as a string/,
  ],
  ['a missing workspace', { workspaces: [] }, /does not bind the workspace "source"/],
  ['an unknown Task', { taskRef: { name: 'push-imag' } }, /no Task of this repository/],
])('a TaskRun with %s is caught', (_, change, fault) => {
  expect(checkRun(good, tasks, allSteps)).toEqual([])
  expect(checkRun({ ...good, spec: { ...good.spec, ...change } }, tasks, allSteps).join('\n')).toMatch(fault)
})
