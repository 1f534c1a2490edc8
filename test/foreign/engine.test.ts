import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { StepError } from '../../steps/lib/core/errors.ts'
import { basic, fixedAuthorizer, pushLayout } from './engine.ts'
import { kinds } from './kinds.ts'
import { servers, tlsServer } from './servers.ts'
import type { LoggingServer } from './servers.ts'
import { findTool, skipWithout } from './tools.ts'

let folder: string
const layouts = new Map<string, { readonly path: string; readonly digest: string }>()
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foreign-engine-'))
  for (const { tag, write } of kinds) {
    const path = join(folder, tag)
    layouts.set(tag, { path, digest: await write(path) })
  }
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

const layoutOf = (tag: string) => {
  const layout = layouts.get(tag)
  if (layout === undefined) throw new Error(`no layout of ${tag}`)
  return layout
}

const countOf = (requests: readonly string[], pattern: RegExp): number =>
  requests.filter((request) => pattern.test(request)).length

/** Without what a subject makes the engine ask: the list of referrers, and the tag that holds it where the registry keeps none. */
const withoutReferrers = (requests: readonly string[]): readonly string[] =>
  requests.filter((request) => !/\/(referrers\/sha256:|manifests\/sha256-)/.test(request))

describe.each([...servers, tlsServer])('our engine and $name', ({ needs, listsReferrers, open }) => {
  let server: LoggingServer
  beforeAll(async () => {
    if (needs.every((tool) => findTool(tool) !== undefined)) server = await open()
  })
  beforeEach((context) => skipWithout(context, ...needs))
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
  })

  test.each(kinds)(
    'pushes $what, each blob once, then nothing, then only a tag',
    async ({ tag, blobs, manifests, hasSubject = false }) => {
      const { path, digest } = layoutOf(tag)
      const at = `/v2/${server.target.repository}/manifests`
      await server.requests()
      const first = await pushLayout(server.target, path, tag)
      expect(first).toMatchObject({ plan: 'upload', digest, pushedBlobs: blobs, skippedBlobs: 0, manifests })
      const all = await server.requests()
      expect(countOf(all, /^PUT .*\/manifests\/sha256-/)).toBe(hasSubject && !listsReferrers ? 1 : 0)
      const sent = withoutReferrers(all)
      const counts = [/^POST /, /^PUT .*\/blobs\//, /^PUT .*\/manifests\//, /^(PATCH|DELETE) /]
      expect(counts.map((pattern) => countOf(sent, pattern))).toEqual([blobs, blobs, manifests, 0])
      expect(sent.at(-1)).toBe(`PUT ${at}/${tag}`)

      const again = await pushLayout(server.target, path, tag)
      expect(again).toMatchObject({ plan: 'present', pushedBlobs: 0, pushedBytes: 0, manifests: 0 })
      expect(withoutReferrers(await server.requests())).toEqual([`HEAD ${at}/${tag}`])

      const tagged = await pushLayout(server.target, path, `${tag}-too`)
      expect(tagged).toMatchObject({ plan: 'tag-only', digest, pushedBlobs: 0, manifests: 1 })
      const asked = withoutReferrers(await server.requests())
      // Looked for beside the image, seven at most: needless here, a round trip less for an image that is new.
      const ahead = asked.filter((request) => /^HEAD .*\/blobs\//.test(request))
      expect(ahead.length).toBe(Math.min(blobs, 7))
      expect(asked.filter((request) => !ahead.includes(request))).toEqual([
        `HEAD ${at}/${tag}-too`,
        `HEAD ${at}/${digest}`,
        `PUT ${at}/${tag}-too`,
      ])
    },
  )

  test('is refused with a wrong password, and starts no upload', async () => {
    const wrong = { ...server.target, authorizer: fixedAuthorizer(basic('someone:wrong')) }
    await server.requests()
    const error: unknown = await pushLayout(wrong, layoutOf('image').path, 'wrong').catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(StepError)
    expect(error).toMatchObject({ code: 'REGISTRY_CREDENTIAL_REFUSED' })
    expect((await server.requests()).filter((request) => !request.startsWith('HEAD '))).toEqual([])
  })
})
