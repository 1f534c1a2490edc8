import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findTool } from './tools.ts'

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-tools-'))
  program = join(folder, 'skopeo')
  await writeFile(program, '')
  await chmod(program, 0o755)
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

test('finds a tool in a folder of PATH', () => {
  expect(findTool('skopeo', { PATH: `/nonexistent::${folder}` })).toBe(program)
})

test('takes the path that the variable says before all others', () => {
  expect(findTool('crane', { PATH: '', TEKTON_ENTRA_CRANE: program })).toBe(program)
})

test('finds nothing where the variable says a wrong path, also when PATH has the tool', () => {
  expect(findTool('skopeo', { PATH: folder, TEKTON_ENTRA_SKOPEO: join(folder, 'gone') })).toBeUndefined()
})

test('finds nothing without PATH, and does not look into the working folder', () => {
  expect(findTool('skopeo', {})).toBeUndefined()
})
