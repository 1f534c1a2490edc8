import { spawnSync } from 'node:child_process'
import { chmod, mkdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { LocalTaskRun } from '../sandbox/local-run/run-task.ts'
import { dockerFiles } from '../unit/oci/archive-fixtures.ts'
import { tarOfFiles } from '../unit/oci/tar-fixtures.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { programWith } from './programs.ts'
import { archiveName, expectPushed, expectRefusedUnasked, pushArchive, workspaceWith } from './source-workspace.ts'
import { expectNothingPushed, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const plain = tarOfFiles(dockerFiles({ layers: [Buffer.alloc(600_000, 'layer')] }))
const place = 'LAYOUT_LINK_OUTSIDE'
const keptOut = ['--bounding-set', '-dac_override,-dac_read_search']

test.each<[what: string, put: (path: string) => Promise<unknown>, code: ErrorCode, says: string[]]>([
  [
    'a pipe, which is never waited for',
    async (path) => spawnSync('mkfifo', [path]),
    place,
    ['a device, pipe or socket'],
  ],
  ['a link to a device', async (path) => symlink('/dev/zero', path), place, ['it leads out of the workspace']],
  ['a link to a folder of the pod', async (path) => symlink('/etc', path), place, ['it leads out of the workspace']],
  ['a link to itself', async (path) => symlink('source', path), place, ['its links lead in a circle']],
  ['an empty folder', async (path) => mkdir(path), 'LAYOUT_NOT_FOUND', ['it has no file oci-layout']],
  ['a link to nothing', async (path) => symlink('gone', path), 'LAYOUT_NOT_FOUND', ['no such file or folder']],
])('refuses a path that is %s, names it, asks nobody and pushes nothing', async (_, put, code, says) => {
  await using workspace = await workspaceWith()
  await put(join(workspace.folder, 'source'))
  door.requests()
  const result = await door.push(acrImage, { source: workspace.folder, params: { path: 'source' } })
  expectRefusedUnasked(door, result, { code, says: ['/source', ...says] })
  expectNothingPushed(door)
})

test.skipIf(!canBeKeptOut()).each([
  ['a workspace', '.', async (folder: string) => chmod(folder, 0)],
  ['a folder on the way', 'below/image.bin', async (folder: string) => chmod(join(folder, 'below'), 0)],
  ['an archive', archiveName, async (folder: string) => chmod(join(folder, archiveName), 0)],
  ['a file of a layout', 'layout', async (folder: string) => chmod(join(folder, 'layout/oci-layout'), 0)],
])('says of %s that another user keeps it to itself, asks nobody and pushes nothing', async (_, path, close) => {
  const files = { [archiveName]: plain, 'below/image.bin': plain, 'layout/oci-layout': '{}' }
  await using workspace = await workspaceWith(files)
  await close(workspace.folder)
  door.requests()
  const result = await door.push(acrImage, { source: workspace.folder, params: { path }, run: withoutOverride() })
  expectRefusedUnasked(door, result, { code: 'LAYOUT_UNREADABLE', exit: 74, says: ['cannot be read: EACCES'] })
  expect(toldProse(result.step.stderr, 'remedy')).toContain('chmod -R a+rX')
})

test.each([
  [
    'a compressed archive',
    gzipSync(plain),
    'none',
    /The archive \S*image\.bin is compressed and must be unpacked first/,
  ],
  ['layers that are to be gzip', plain, 'gzip', /The layers of the archive are uncompressed and are to be compressed/],
  ['layers that are to be zstd', plain, 'zstd', /The layers of the archive are uncompressed and are to be compressed/],
])(
  'says that it needs a folder for temporary files when the step has none: %s',
  async (_, bytes, compression, says) => {
    door.requests()
    const run = { extraEnv: { SCRATCH_FOLDER: '' } }
    const result = await pushArchive(door, bytes, { params: { compression }, run })
    expectRefusedUnasked(door, result, { code: 'LAYOUT_SCRATCH_MISSING', says: [says] })
  },
)

test('needs no folder for temporary files for what goes as it is', async () => {
  const run = { extraEnv: { SCRATCH_FOLDER: '' } }
  const image = acrImage.replace('1.4.2', 'as-it-is')
  expectPushed(door, await pushArchive(door, plain, { image, params: { compression: 'none' }, run }), image)
})

test.each<[what: string, reason: string, run: (folder: string) => Partial<LocalTaskRun>]>([
  ['is not there', 'ENOENT', (folder) => ({ extraEnv: { SCRATCH_FOLDER: join(folder, 'gone') } })],
  ['is no folder', 'ENOTDIR', (folder) => ({ extraEnv: { SCRATCH_FOLDER: join(folder, archiveName) } })],
  [
    'is full from the start',
    'ENOSPC',
    () => ({ ...programWith('full-scratch'), extraEnv: { TEST_SCRATCH_BYTES: '0' } }),
  ],
  ['becomes full', 'ENOSPC', () => ({ ...programWith('full-scratch'), extraEnv: { TEST_SCRATCH_BYTES: '300000' } })],
])(
  'fails with the reason when the folder for temporary files %s, asks nobody and leaves nothing',
  async (_, reason, run) => {
    await using workspace = await workspaceWith({ [archiveName]: gzipSync(plain) })
    door.requests()
    const result = await door.push(acrImage, {
      source: workspace.folder,
      params: { path: archiveName },
      run: run(workspace.folder),
    })
    const says = ['A temporary file in', `cannot be written: ${reason}`]
    expectRefusedUnasked(door, result, { code: 'LAYOUT_SCRATCH_FAILED', exit: 74, says })
    expect(toldProse(result.step.stderr, 'remedy')).toContain('raise its sizeLimit')
  },
)

test.skipIf(!canBeKeptOut())(
  'fails with the reason when the folder for temporary files may not be written to',
  async () => {
    await using workspace = await workspaceWith({ [archiveName]: gzipSync(plain) })
    const closed = join(workspace.folder, 'closed')
    await mkdir(closed, { mode: 0o555 })
    door.requests()
    const run = { ...withoutOverride(), extraEnv: { SCRATCH_FOLDER: closed } }
    const result = await door.push(acrImage, { source: workspace.folder, params: { path: archiveName }, run })
    const says = [`A temporary file in ${closed} cannot be written: EACCES`]
    expectRefusedUnasked(door, result, { code: 'LAYOUT_SCRATCH_FAILED', exit: 74, says })
  },
)

/** Whether a program can be started that a file's mode keeps out, while this one may do all that a test needs. */
function canBeKeptOut(): boolean {
  return process.getuid?.() === 0 && spawnSync('setpriv', [...keptOut, 'true']).status === 0
}

/** Root may read and write everything: the program is started without that right. */
function withoutOverride(): Pick<LocalTaskRun, 'program'> {
  return { program: ['setpriv', ...keptOut, process.execPath, inject('stepProgram')] }
}
