import { afterAll, beforeAll, expect, test } from 'vitest'
import { imageProgram } from '../../steps/lib/step/define-step.ts'
import { readTask, taskNames } from '../contract/repository.ts'
import { openFrontDoor, type FrontDoor } from './front-door.ts'
import { cloudWithStores, objectsOfRun, rowsOfRun, stores } from './stores.ts'
import { expectEnd } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWithStores())
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** The Task of a user's own command has tests of its own for what its broker sends. */
const ofOursAlone = taskNames().filter((name) =>
  readTask(name).spec.steps.every(({ command = [] }) => command[1] === imageProgram[1]),
)

test.each(ofOursAlone)(
  'the record of %s reaches a bucket and a table, also where its inputs are refused',
  async (name) => {
    const { params = [], workspaces = [] } = readTask(name).spec
    const needed = params
      .filter((param) => param.default === undefined)
      .map((param) => [param.name, 'nonsense'] as const)
    // In every namespace of a cluster; one Task mounts it.
    const profiles = { 'kube-root-ca.crt': { 'ca.crt': '' } }
    const call = {
      profiles,
      task: name,
      params: { ...Object.fromEntries(needed), timeout: 'never' },
      workspaces: Object.fromEntries(
        workspaces.filter(({ optional }) => optional !== true).map((one) => [one.name, door.source]),
      ),
    }
    const inBucket = await door.call({ ...call, profile: { 'record-sink': stores.bucket } })
    expectEnd(inBucket, 'INPUT_INVALID', 64)
    expect(objectsOfRun(door, inBucket).map(({ body }) => `${body}\n`)).toEqual([inBucket.step.stdout])
    const inTable = await door.call({ ...call, profile: { 'record-sink': stores.rule } })
    expectEnd(inTable, 'INPUT_INVALID', 64)
    expect(rowsOfRun(door, inTable).map(({ columns }) => `${columns['Event']}\n`)).toEqual([inTable.step.stdout])
  },
)
