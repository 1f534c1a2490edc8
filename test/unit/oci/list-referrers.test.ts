import { expect, test } from 'vitest'
import { Secret } from '../../../steps/lib/core/secret.ts'
import type { HttpClient, HttpRequest, HttpResponse } from '../../../steps/lib/http/client.ts'
import { digestOf } from '../../../steps/lib/oci/digest.ts'
import { listReferrers } from '../../../steps/lib/oci/registry/list-referrers.ts'
import { RegistryClient } from '../../../steps/lib/oci/registry/registry-client.ts'
import { errorOf, indexType, manifestType, testPatience } from './fixtures.ts'

const subject = digestOf(Buffer.from('subject'))
const entries = ['a', 'b', 'c'].map((text) => {
  return { mediaType: manifestType, digest: digestOf(Buffer.from(text)), size: 1 }
})

type Page = { readonly status?: number; readonly type?: string; readonly link?: string; readonly body?: unknown }

/** A client of a registry that answers so, by path and query; everything else is 404. */
function clientOf(pages: Readonly<Record<string, Page>>): { client: RegistryClient; sent: HttpRequest[] } {
  const sent: HttpRequest[] = []
  const send = async (request: HttpRequest): Promise<HttpResponse> => {
    sent.push(request)
    const page = pages[request.url.pathname.replace('/v2/app/', '') + request.url.search]
    if (page === undefined) return { status: 404, headers: {}, body: Buffer.alloc(0) }
    const { status = 200, type = indexType, link, body = {} } = page
    return { status, headers: { 'content-type': type, link }, body: Buffer.from(JSON.stringify(body)) }
  }
  const http: HttpClient = { send, download: send, close: () => undefined }
  const authorizer = { authorization: async () => new Secret('Bearer good'), renew: async () => undefined }
  const where = { origin: new URL('https://registry.example'), repository: 'app', cancelsUploads: false }
  return { client: new RegistryClient({ ...where, http, authorizer, patience: testPatience() }), sent }
}

const first = `referrers/${subject}`

test('reads page after page, until there is no next one', async () => {
  const { client } = clientOf({
    [first]: { body: { manifests: entries.slice(0, 1) }, link: `</v2/app/${first}?next=2>; rel="next"` },
    [`${first}?next=2`]: { body: { manifests: entries.slice(1, 2) }, link: `<?next=3>; rel="next"` },
    [`${first}?next=3`]: { body: { manifests: entries.slice(2) } },
  })
  expect(await listReferrers(client, subject)).toEqual(entries)
})

test('follows no next page to another host: the credential would go there', async () => {
  const { client, sent } = clientOf({ [first]: { link: '<https://other.example/v2/app/>; rel="next"' } })
  expect((await errorOf(listReferrers(client, subject))).code).toBe('REGISTRY_ANSWER_INVALID')
  expect(sent.map(({ url }) => url.host)).toEqual(['registry.example'])
})

test.each<[what: string, page: Page | undefined]>([
  ['says 404', undefined],
  ['answers with a page of HTML', { type: 'text/html' }],
])('takes the list under the tag where the registry %s', async (_what, page) => {
  const tag = `manifests/${subject.replace(':', '-')}`
  const tagged = { [tag]: { body: { schemaVersion: 2, manifests: entries } } }
  const { client } = clientOf(page === undefined ? tagged : { ...tagged, [first]: page })
  expect(await listReferrers(client, subject)).toEqual(entries)
})

test('where there is no list either, nothing refers to it', async () => {
  expect(await listReferrers(clientOf({}).client, subject)).toEqual([])
})

test.each<[what: string, page: Page, code: string]>([
  ['is an image', { type: manifestType }, 'REGISTRY_REFERRERS_INVALID'],
  ['lists what is no descriptor', { body: { manifests: ['all'] } }, 'REGISTRY_REFERRERS_INVALID'],
])('refuses a tag that %s', async (_what, page, code) => {
  const { client } = clientOf({ [`manifests/${subject.replace(':', '-')}`]: page })
  expect((await errorOf(listReferrers(client, subject))).code).toBe(code)
})
