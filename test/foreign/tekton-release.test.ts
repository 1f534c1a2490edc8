import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { IDLE_IMAGE } from '../cluster/address-plan.ts'
import { writeIdleImage } from '../cluster/idle-image.ts'
import { mustRun } from '../cluster/run-program.ts'
import { findRelease } from '../cluster/tekton-release.ts'
import { goodLogin, startDockerRegistry } from './docker-registry.ts'
import { skipWithout } from './tools.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tekton-release-'))
})
afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

test('an official release is fetched whole into the cache, once, under the names of its manifest', async (context) => {
  skipWithout(context, 'skopeo', 'docker-registry')
  await using registry = await startDockerRegistry()
  const login = { auths: { [registry.origin.host]: { auth: Buffer.from(goodLogin).toString('base64') } } }
  writeFileSync(join(folder, 'auth.json'), JSON.stringify(login))
  const own = { PATH: process.env['PATH'], HOME: folder, REGISTRY_AUTH_FILE: join(folder, 'auth.json') }
  const image = `${registry.origin.host}/tekton/controller`
  const digest = await pushIdle(image, own)
  await using releases = await serve('/v1.2.3/release.yaml', manifestOf(`${image}:v1.2.3@${digest}`))
  const environment = { ...own, XDG_CACHE_HOME: join(folder, 'cache'), TEKTON_RELEASES: releases.origin }

  const told: string[] = []
  const find = () => findRelease({ version: 'v1.2.3' }, environment, (text) => told.push(text))
  const release = await find()
  expect(release.version).toBe('v1.2.3')
  expect(JSON.stringify(release.objects)).toContain(`"${image}:v1.2.3"`)
  expect(release.archives).toHaveLength(1)
  const inside = await mustRun(['tar', '-xOf', release.archives[0] ?? '', 'manifest.json'])
  expect(JSON.parse(inside)).toMatchObject([{ RepoTags: [`${image}:v1.2.3`] }])

  expect(await find()).toEqual(release)
  expect(releases.asked).toHaveLength(1)
  expect(told).toEqual([expect.stringContaining('fetching Tekton v1.2.3 once')])
})

test('a release whose image cannot be had leaves nothing in the cache', async (context) => {
  skipWithout(context, 'skopeo')
  const absent = `127.0.0.1:9/tekton/controller@sha256:${'a'.repeat(64)}`
  await using releases = await serve('/v1.2.4/release.yaml', manifestOf(absent))
  const cache = join(folder, 'empty')
  const environment = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_CACHE_HOME: cache,
    TEKTON_RELEASES: releases.origin,
  }
  const finding = findRelease({ version: 'v1.2.4' }, environment, () => {})
  await expect(finding).rejects.toMatchObject({ exit: 75, message: expect.stringContaining('127.0.0.1:9') })
  expect(readdirSync(join(cache, 'tekton-entra'))).toEqual([])
})

/** Puts a small image into the registry and gives its digest there. */
async function pushIdle(image: string, env: NodeJS.ProcessEnv): Promise<string> {
  const [archive, digest] = [join(folder, 'idle.tar'), join(folder, 'digest')]
  await writeIdleImage('/bin/true', archive)
  const from = `docker-archive:${archive}:${IDLE_IMAGE}`
  const flags = ['--quiet', '--dest-tls-verify=false', '--digestfile', digest]
  await mustRun(['skopeo', 'copy', ...flags, from, `docker://${image}:v1.2.3`], { env })
  return readFileSync(digest, 'utf8').trim()
}

function manifestOf(image: string): string {
  const info = 'kind: ConfigMap\nmetadata: { name: pipelines-info }\ndata: { version: v1.2.3 }\n'
  return `${info}---\nkind: Deployment\nmetadata: { name: controller }\nspec: { image: '${image}' }\n`
}

type Server = AsyncDisposable & { readonly origin: string; readonly asked: readonly string[] }

/** A server of one file. */
async function serve(path: string, text: string): Promise<Server> {
  const asked: string[] = []
  const server = createServer((request, answer) => {
    asked.push(request.url ?? '')
    answer.writeHead(request.url === path ? 200 : 404).end(text)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return { origin: `http://127.0.0.1:${port}`, asked, [Symbol.asyncDispose]: stop }
}
