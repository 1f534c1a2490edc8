import { expect, test } from 'vitest'
import { checkOwnTask } from '../../steps/lib/catalog/check-own-task.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { objectsOf } from './examples.ts'
import { allSteps } from './repository.ts'

const good = objectsOf('examples/hand-over/scan.yaml').find(({ kind }) => kind === 'Task') as unknown as Task

/** The good Task with a text of it replaced. */
function spoilt(from: string, to: string): Task {
  const text = JSON.stringify(good)
  if (!text.includes(from)) throw new Error(`the example has no ${from}`)
  return JSON.parse(text.replaceAll(from, to)) as Task
}

test.each([
  ['a volume on disk', '"emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}', '"emptyDir":{}', /which is not on memory/],
  [
    'a volume that the Task does not have',
    '"name":"hand-over-volume","value":"hand-over"',
    '"name":"hand-over-volume","value":"handed"',
    /which is no volume of the Task/,
  ],
  [
    'no volume',
    '{"name":"hand-over-volume","value":"hand-over"}',
    '{"name":"dry-run","value":"true"}',
    /does not give "hand-over-volume"/,
  ],
  [
    'an entry that is no registry',
    'contoso.azurecr.io/shop/web"',
    'contoso.azurecr.io shop/web"',
    /gives "registries" as/,
  ],
])('a Task that hands over with %s is caught', (_, from, to, fault) => {
  expect(checkOwnTask(good.spec, allSteps)).toEqual([])
  expect(checkOwnTask(spoilt(from, to).spec, allSteps).join('\n')).toMatch(fault)
})
