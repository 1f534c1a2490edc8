import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clientVariables } from './client-variables.ts'
import { runProgram } from './cloud.ts'
import { pushLayout } from './engine.ts'
import { kinds as allKinds } from './kinds.ts'
import type { Kind } from './kinds.ts'
import { rootOf } from './layouts.ts'
import { readers } from './readers.ts'
import type { Reader, Reading } from './readers.ts'
import { servers } from './servers.ts'
import type { Server } from './servers.ts'
import { findTool, skipWithout, toolPath } from './tools.ts'
import type { Tool } from './tools.ts'

// Many layers are a matter of the push; reading each over a connection of its own takes the clients long.
const kinds = allKinds.filter(({ tag }) => tag !== 'hundred')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-read-'))
  for (const { tag, write } of kinds) await write(join(folder, tag))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const hashOf = (bytes: string | Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** SHA-256 of each blob in a folder, be it a layout or what skopeo calls a `dir:`. */
async function contentsOf(place: string): Promise<readonly string[]> {
  const around = ['oci-layout', 'index.json', 'version']
  const entries = await readdir(place, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !around.includes(entry.name))
  const hashes = files.map(async (file) => hashOf(await readFile(join(file.parentPath, file.name))))
  return (await Promise.all(hashes)).toSorted()
}

const textOf = (layout: string, digest: string): Promise<string> =>
  readFile(join(layout, 'blobs', digest.replace(':', '/')), 'utf8')

describe.each(servers)('what our engine pushed to $name', ({ needs, open }) => {
  let server: Server
  let variables: Readonly<Record<string, string>>
  beforeAll(async () => {
    if (needs.some((tool) => findTool(tool) === undefined)) return
    server = await open()
    variables = await clientVariables(server, folder)
    for (const { tag } of kinds) await pushLayout(server.target, join(folder, tag), tag)
  })
  beforeEach((context) => skipWithout(context, ...needs))
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })

  const run = async (tool: Tool, args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(toolPath(tool), args, variables)
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
    return stdout
  }

  const readingOf = async (kind: Kind): Promise<Reading> => {
    const { origin } = server.target
    const repository = `${origin.host}/${server.target.repository}`
    return {
      repository,
      image: `${repository}:${kind.tag}`,
      host: origin.host,
      isPlain: server.caPem === undefined,
      kind,
      to: join(await mkdtemp(join(folder, 'copy-')), 'copy'),
    }
  }

  describe.each(readers)('$tool', (reader) => {
    beforeEach((context) => skipWithout(context, reader.tool))

    const ask = async (args: Reader['digest'], reading: Reading): Promise<string | undefined> =>
      args === undefined ? undefined : await run(reader.tool, args(reading))

    /** What the client gets of the blobs and manifests of a layout, as hashes. */
    const contentsRead = async (reading: Reading, source: string): Promise<readonly string[]> => {
      if (reading.kind.hasSubject === true && reader.blob !== undefined) return await blobsRead(reading, source)
      await run(reader.tool, reader.copy(reading))
      const contents = await contentsOf(reading.to)
      await rm(reading.to, { recursive: true })
      return contents
    }

    const blobsRead = async (reading: Reading, source: string): Promise<readonly string[]> => {
      const { digest: root } = await rootOf(source)
      const texts = (await contentsOf(source)).map(async (hex) => {
        const digest = `sha256:${hex}`
        const args = digest === root ? reader.manifest(reading) : reader.blob?.(reading, digest)
        return hashOf(await run(reader.tool, args ?? []))
      })
      return (await Promise.all(texts)).toSorted()
    }

    test.each(kinds)('reads $what whole, each byte as it was', async (kind) => {
      const source = join(folder, kind.tag)
      const { digest } = await rootOf(source)
      const reading = await readingOf(kind)
      const validate = kind.isArtifact === true ? undefined : reader.validate
      expect({
        manifest: await ask(reader.manifest, reading),
        digest: await ask(reader.digest, reading),
        whole: await (validate === undefined ? contentsRead(reading, source) : ask(validate, reading)),
      }).toEqual({
        manifest: await textOf(source, digest),
        digest: reader.digest === undefined ? undefined : `${digest}\n`,
        whole: validate === undefined ? await contentsOf(source) : `PASS: ${reading.image}\n`,
      })
    })
  })
})
