import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fill } from '../cluster/image/fill.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-fill-'))
})
afterEach(async () => await rm(folder, { recursive: true, force: true }))

async function filled(...args: string[]) {
  const said = { stdout: '', stderr: '' }
  const into = (name: 'stdout' | 'stderr') => ({ write: (text: string) => Boolean((said[name] += text)) })
  const host = { stdout: into('stdout'), stderr: into('stderr') } as unknown as NodeJS.Process
  const status = await fill(args, host)
  return { status, ...said }
}

const blobs = async (name: string) => await readdir(join(folder, name, 'blobs/sha256'))

describe('fill', () => {
  test('writes an image layout and prints its digest, another one for another seed', async () => {
    const [one, same, other] = [
      await filled(join(folder, 'one'), 'a'),
      await filled(join(folder, 'same'), 'a'),
      await filled(join(folder, 'other'), 'b'),
    ]
    expect(one).toMatchObject({ status: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) })
    expect(same).toEqual(one)
    expect(other.stdout).not.toBe(one.stdout)
    const index: unknown = JSON.parse(await readFile(join(folder, 'one/index.json'), 'utf8'))
    expect(index).toMatchObject({ manifests: [{ digest: one.stdout.trim() }] })
    expect(await blobs('one')).toContain(one.stdout.trim().slice('sha256:'.length))
  })

  test('writes a layer of as many bytes as it is told, which nothing compresses', async () => {
    const bytes = 3_000_001
    const one = await filled(join(folder, 'one'), 'a', String(bytes))
    const other = await filled(join(folder, 'other'), 'b', String(bytes))
    expect(other.stdout).not.toBe(one.stdout)
    expect(await blobs('one')).toHaveLength(3)
    const sizes = await Promise.all(
      (await blobs('one')).map(async (name) => {
        const file = join(folder, 'one/blobs/sha256', name)
        return { file, size: (await stat(file)).size }
      }),
    )
    const [layer] = sizes.toSorted((a, b) => b.size - a.size)
    expect(layer?.size).toBe(512 + Math.ceil(bytes / 512) * 512 + 1024)
    expect(gzipSync(await readFile(layer?.file ?? '')).length).toBeGreaterThan(bytes)
  })

  test.each([[], ['', 'a'], ['folder', 'a', '-1'], ['folder', 'a', '1', 'more']])(
    'refuses %j and writes nothing',
    async (...args) => {
      const { status, stdout, stderr } = await filled(...args)
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' })
      expect(stderr).toMatch(/^usage: fill /)
      expect(await readdir(folder)).toEqual([])
    },
  )
})
