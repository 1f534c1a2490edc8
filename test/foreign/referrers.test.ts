import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { clientVariables } from './client-variables.ts'
import { runProgram } from './cloud.ts'
import { pushLayout } from './engine.ts'
import { chartType, reportType } from './kinds.ts'
import { rootOf, writeArtifact } from './layouts.ts'
import { referrersServers } from './servers.ts'
import type { Server } from './servers.ts'
import { findTool, skipWithout, toolPath } from './tools.ts'
import type { Tool } from './tools.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-referrers-'))
  await writeArtifact(join(folder, 'chart'), { artifactType: chartType, content: 'a chart\n', file: 'chart.txt' })
  const report = { artifactType: reportType, content: 'a report\n', file: 'report.txt' }
  await writeArtifact(join(folder, 'report'), { ...report, subject: await rootOf(join(folder, 'chart')) })
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

describe.each(referrersServers)('an artifact on $name', ({ needs, listsReferrers, open }) => {
  let server: Server
  let variables: Readonly<Record<string, string>>
  beforeAll(async () => {
    if (needs.some((tool) => findTool(tool) === undefined)) return
    server = await open()
    variables = await clientVariables(server, folder)
    for (const name of ['chart', 'report']) await pushLayout(server.target, join(folder, name), name)
  })
  beforeEach((context) => skipWithout(context, ...needs))
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })

  const run = async (tool: Tool, ...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runProgram(toolPath(tool), args, variables)
    expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
    return stdout
  }

  const repository = (): string => `${server.target.origin.host}/${server.target.repository}`
  const isPlain = (): boolean => server.caPem === undefined

  test('is found by oras through its subject, which has no other, and pulled', async (context) => {
    skipWithout(context, 'oras')
    const { digest } = await rootOf(join(folder, 'report'))
    const plain = `--plain-http=${isPlain()}`
    // Without it oras would be content with either.
    const api = ['--distribution-spec', listsReferrers ? 'v1.1-referrers-api' : 'v1.1-referrers-tag']
    const found = await run('oras', 'discover', plain, ...api, '--format', 'json', `${repository()}:chart`)
    expect(JSON.parse(found)).toMatchObject({
      referrers: [{ digest, artifactType: reportType, reference: `${repository()}@${digest}` }],
    })
    expect(JSON.parse(found).referrers).toHaveLength(1)
    const pulled = await mkdtemp(join(folder, 'pulled-'))
    await run('oras', 'pull', plain, '-o', pulled, `${repository()}@${digest}`)
    expect(await readFile(join(pulled, 'report.txt'), 'utf8')).toBe('a report\n')
  })

  test('is found by regctl through its subject, which has no other', async (context) => {
    skipWithout(context, 'regctl')
    const { digest } = await rootOf(join(folder, 'report'))
    const way = isPlain() ? ['--host', `reg=${server.target.origin.host},tls=disabled`] : []
    const listed = await run('regctl', 'artifact', 'list', ...way, '--format', '{{json .}}', `${repository()}:chart`)
    const { descriptors } = JSON.parse(listed) as { descriptors: readonly object[] }
    expect(descriptors).toEqual([expect.objectContaining({ digest, artifactType: reportType })])
  })
})
