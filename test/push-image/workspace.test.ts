import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'

let door: FrontDoor
let workspace: string
beforeAll(async () => {
  door = await openFrontDoor()
  workspace = await mkdtemp(join(tmpdir(), 'tekton-entra-workspace-'))
  await mkdir(join(workspace, 'empty'))
  // Another image on the machine, which is not of this workspace.
  await symlink(door.source, join(workspace, 'outside'))
  await symlink('outside', join(workspace, 'chain'))
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await rm(workspace, { recursive: true })
})

test.each([
  ['a link that leads out of the workspace', 'outside', 'LAYOUT_LINK_OUTSIDE'],
  ['a link to such a link', 'chain', 'LAYOUT_LINK_OUTSIDE'],
  ['a folder that is not there', 'nowhere', 'LAYOUT_NOT_FOUND'],
  ['a folder without a layout', 'empty', 'LAYOUT_NOT_FOUND'],
])('refuses %s as path, asks nobody for a token and pushes nothing', async (_, path, code) => {
  door.requests()
  const { step, record } = await door.push(acrImage, { source: workspace, params: { path } })
  expect([step.status, record.data.error?.code]).toEqual([64, code])
  expect(door.requests()).toEqual([])
})

test('finds the layout in a folder of the workspace', async () => {
  const parent = join(door.source, '..')
  const { succeeded } = await door.push(acrImage, {
    source: parent,
    params: { path: `./${door.source.slice(parent.length + 1)}/` },
  })
  expect(succeeded).toBe(true)
})
