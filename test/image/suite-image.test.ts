import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runProgram } from '../../images/steps/run-program.ts'
import { buildSuiteImage, SUITE_IMAGE, type SuiteImages } from '../cluster/image/build-suite-image.ts'
import type { SandboxDescription } from '../sandbox/control/description.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { buildOnce, canBuild, makeFolder, skipWithoutBuilder, unpackArchive } from './built.ts'
import { containerCall, type ContainerStart } from './containers.ts'

// One build of two platforms before it.
const buildTime = 600_000
const user = { uid: 65_532, gid: 65_532 }

let folder: Awaited<ReturnType<typeof makeFolder>>
let images: SuiteImages
let suite: Awaited<ReturnType<typeof unpackArchive>>
beforeAll(async () => {
  folder = await makeFolder()
  if (!canBuild()) return
  const { archive } = await buildOnce(folder.path)
  images = await buildSuiteImage({ stepsArchive: archive, outdir: join(folder.path, 'suite') })
  suite = await unpackArchive(images.suite.archive, join(folder.path, 'unpacked'))
}, buildTime)
afterAll(async () => await folder.remove(), buildTime)

beforeEach((context) => skipWithoutBuilder(context))

/** A folder as an emptyDir is: root's, and anyone's to write. */
async function volume(name: string): Promise<string> {
  const path = join(folder.path, name)
  await mkdir(path)
  await chmod(path, 0o777)
  return path
}

async function callOf(words: readonly string[], start: Omit<ContainerStart, 'command'>) {
  const command = [...suite.config.config.Entrypoint, ...words]
  const [runc = '', ...args] = await containerCall(suite, user, { ...start, command })
  return { runc, args }
}

test('the archives have the names by which pods ask for the images, and the programs run as the steps do', async () => {
  expect(suite.names).toEqual([SUITE_IMAGE])
  expect(suite.config.config).toMatchObject({
    User: '65532:65532',
    Entrypoint: ['/nodejs/bin/node', '/app/main.js'],
  })
  const task = await readFile(new URL('../../tasks/push-image/push-image.yaml', import.meta.url), 'utf8')
  expect(task).toContain(`image: ${images.steps.name}\n`)
  const steps = await unpackArchive(images.steps.archive, join(folder.path, 'steps'))
  expect(steps.names).toEqual([images.steps.name])
  expect(steps.config.architecture).toBe(suite.config.architecture)
})

test('fill writes an image as 65532 with a read-only root', async () => {
  const writable = await volume('filled')
  const { runc, args } = await callOf(['fill', join(writable, 'image'), 'a seed', '2000000'], { writable })
  const digest = (await runProgram(runc, args)).trim()
  const manifest = join(writable, 'image/blobs/sha256', digest.replace('sha256:', ''))
  expect(await readdir(join(writable, 'image'))).toEqual(['blobs', 'index.json', 'oci-layout'])
  expect((await stat(manifest)).uid).toBe(user.uid)
})

test('the sandbox comes up as 65532 with a read-only root, and ends with 0 when it is asked to', async () => {
  const writable = await volume('clouds')
  const { runc, args } = await callOf(['sandbox', '--listen', '127.0.0.2', '--state', join(writable, 'state')], {
    writable,
    env: [`TMPDIR=${writable}`],
    memory: 512 * 1024 * 1024,
  })
  const child = spawn(runc, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'close')
  const lines = child.stdout.setEncoding('utf8')
  let said = ''
  for await (const text of lines.iterator({ destroyOnReturn: false })) {
    said += String(text)
    if (said.endsWith('\n')) break
  }
  const { proxy, caPem, config } = JSON.parse(said) as SandboxDescription
  const url = `${config.issuers[0]?.url.replace(/\/$/, '')}/openid/v1/jwks`
  const { status } = await throughProxy({ proxyUrl: proxy, caPem }, { url })
  child.kill('SIGTERM')
  expect(status).toBe(200)
  expect(await ended).toEqual([0, null])
  expect(await readdir(writable)).toEqual([])
})

test('a word that names no program ends with 64', async () => {
  const { runc, args } = await callOf(['nothing'], {})
  await expect(runProgram(runc, args)).rejects.toThrow(/ended with 64\n.*This image has: sandbox, fill/s)
})
