import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimFolder } from '../../steps/cli/state-folder.ts'
import type { StateFile } from '../../steps/cli/state-folder.ts'

/** Sandboxes as the state folder knows them: each answers at its control address with its process id. */
const servers = [1, 2, 3].map((pid) => createServer((_, response) => response.end(JSON.stringify({ pid }))))
const folders: string[] = []

beforeAll(async () => {
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  for (const server of servers) server.close().closeAllConnections()
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

function stateOf(pid: number, port: number): StateFile {
  return { pid, controlToken: `token-${pid}`, control: { url: `http://127.0.0.1:${port}` } } as StateFile
}

/** Whether the sandbox got the folder. */
async function tries(folder: string, pid: number, server: Server): Promise<boolean> {
  const { port } = server.address() as AddressInfo
  try {
    const claimed = await claimFolder(folder)
    await claimed.announce(stateOf(pid, port), {})
    return true
  } catch {
    return false
  }
}

test('what a dead sandbox has left is taken over by exactly one, however many start at once', async () => {
  for (let round = 0; round < 100; round += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-state-'))
    folders.push(folder)
    await writeFile(join(folder, 'sandbox.json'), JSON.stringify(stateOf(99, 1)))
    const won = await Promise.all(servers.map(async (server, index) => await tries(folder, index + 1, server)))
    expect(won.filter(Boolean)).toHaveLength(1)
    expect(await readdir(folder)).toEqual(['sandbox.json'])
  }
})
