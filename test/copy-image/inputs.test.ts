import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FrontDoor, Variation } from '../push-image/front-door.ts'
import { expectEnd, faultsOf, only, told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { at, copy, openCopyDoor, places, readerProfile, seed } from './copy-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openCopyDoor()
  await seed(door, `${places.contoso}:1`)
  await seed(door, `${places.fabrikam}:1`)
  await seed(door, `${places.open}:1`)
})
afterAll(async () => await door[Symbol.asyncDispose]())

const from = `${places.contoso}:1`
const to = `${places.ecr}:1`
type Case = [what: string, from: string, to: string, variation: Variation, faults: readonly RegExp[]]

test.each<Case>([
  ['no tag and no digest', places.contoso, to, {}, [/^from: got ".*shop\/web", expected a :tag or an @digest/]],
  [
    'a host that is no registry of ours, and nothing said of access',
    'ghcr.io/somebody/tool:1',
    to,
    {},
    [/^from \(host\): got "ghcr.io", .*from-access to be anonymous/],
  ],
  [
    'a host that only looks like one of ours',
    'contoso.azurecr.io.example/shop/web:1',
    to,
    {},
    [/^from \(host\): got "contoso.azurecr.io.example"/],
  ],
  [
    'a private ECR registry read as nobody',
    `${places.ecr}:1`,
    to,
    { params: { 'from-access': 'anonymous' } },
    [/^from-access: got "anonymous", expected identity: .* private ECR/],
  ],
  ['a sha512 digest', `${places.contoso}@sha512:${'a'.repeat(128)}`, to, {}, [/^from \(digest\): .* sha256 digest/]],
  ['a destination with a digest', from, `${places.ecr}@sha256:${'a'.repeat(64)}`, {}, [/^to: .* no @digest/]],
  ['a destination elsewhere', from, 'ghcr.io/somebody/tool:1', {}, [/^to \(host\): got "ghcr.io"/]],
  [
    'a further destination that is none',
    from,
    to,
    { params: { 'also-to': ['nowhere'] } },
    [/^also-to \(host\): got "nowhere"/],
  ],
  [
    'no role for a side in AWS',
    `${places.ecr}:1`,
    `${places.contoso}:2`,
    { params: { 'from-identity': 'reader' }, profiles: { reader: readerProfile } },
    [
      /^from-aws-role-arn: got nothing, .* by the param from-aws-role-arn or by the key aws-role-arn in the ConfigMap reader/,
      /^from-aws-token-resource: got nothing, expected an application ID URI, or from-aws-identity: cluster, by the param/,
    ],
  ],
  [
    'no identity on either side, all of it at once',
    from,
    to,
    { profile: { 'tenant-id': undefined, 'client-id': undefined } },
    [
      /^from-tenant-id: got nothing/,
      /^from-client-id: got nothing/,
      /^to-tenant-id: got nothing, .* the param to-tenant-id or by the key tenant-id in the ConfigMap entra-identity/,
      /^to-client-id: got nothing/,
    ],
  ],
  [
    "a guard of one side's profile that a param would widen",
    from,
    to,
    { profile: { 'allowed-accounts': example.accountId }, params: { 'to-allowed-accounts': ['210987654321'] } },
    [/^to-allowed-accounts: got "210987654321", expected entries of the profile's own list/],
  ],
  [
    'settings of a repository that is not created, and a policy that is none',
    from,
    to,
    { params: { 'repository-scan': 'true', 'to-aws-session-policy': '{nothing' } },
    [/^to-aws-session-policy: /, /^repository-scan: got "true", expected create-repository to be if-missing/],
  ],
  ['a digest that is none', from, to, { params: { 'expect-digest': 'sha256:1' } }, [/^expect-digest: got "sha256:1"/]],
])('refuses %s before anything is sent', async (_what, source, destination, variation, faults) => {
  door.requests()
  const result = await copy(door, source, destination, variation)
  expectEnd(result, 'INPUT_INVALID', 64)
  const found = faultsOf(result)
  expect(found).toHaveLength(faults.length)
  for (const [index, fault] of faults.entries()) expect(found[index]).toMatch(fault)
  expect(door.requests()).toEqual([])
})

test.each<[side: string, source: string, destination: string, param: string]>([
  ['from', `${places.ecr}:1`, `${places.contoso}:9`, 'from-allowed-accounts'],
  ['to', from, to, 'to-allowed-accounts'],
])('refuses an account that %s may not use, before anything is sent', async (_side, source, destination, param) => {
  door.requests()
  const result = await copy(door, source, destination, { params: { [param]: ['210987654321'] } })
  expectEnd(result, 'AWS_ACCOUNT_NOT_ALLOWED', 77)
  expect(door.requests()).toEqual([])
})

test('as nobody from an open registry: no credential goes there, and the other side has its own', async () => {
  door.requests()
  const anonymous = { 'from-access': 'anonymous' }
  const result = await copy(door, `${places.open}:1`, `${places.contosoCopy}:open`, { params: anonymous })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(at(door, places.contosoCopy).tags()).toContain('open')
  expect(result.record.data.sourceIdentity).toBeUndefined()
  expect(told(result.step.stderr, 'identity')[0]).toBe('from, nobody: no credential is sent')
  const exchanged = door.sandbox.journal.entries.filter(
    ({ host, path }) => host.startsWith('openbase.') && path === '/oauth2/exchange',
  )
  // The one by which the image was put there before.
  expect(exchanged).toHaveLength(1)
})

test('as nobody from a registry that is closed: refused, and nothing is written', async () => {
  const anonymous = { 'from-access': 'anonymous' }
  const closed = await copy(door, `${places.fabrikam}:1`, `${places.ecrCopy}:closed`, { params: anonymous })
  expectEnd(closed, 'REGISTRY_ANONYMOUS_REFUSED', 77)
  expect(at(door, places.ecrCopy).tags()).not.toContain('closed')
})

test('an identity that may not pull, one that may not push, and an image that is not there', async () => {
  const reader = { profiles: { reader: readerProfile } }
  const pushing = await copy(door, from, `${places.fabrikam}:2`, {
    ...reader,
    params: { 'to-tenant-id': readerProfile['tenant-id'], 'to-client-id': readerProfile['client-id'] },
  })
  expectEnd(pushing, 'ACR_NO_PUSH_PERMISSION', 77)
  const foreign = await copy(door, `${places.fabrikam}:1`, to)
  expectEnd(foreign, 'ACR_EXCHANGE_REFUSED', 77)
  const absent = await copy(door, `${places.contoso}:absent`, to)
  expectEnd(absent, 'REGISTRY_IMAGE_UNKNOWN', 77)
  expect(at(door, places.fabrikam).tags()).toEqual(['1'])
})

test('a role on another repository is none on this one: nothing is read', async () => {
  const result = await copy(door, `${places.locked}:1`, to)
  expectEnd(result, 'ACR_NO_PULL_PERMISSION', 77)
  expect(only(door.requests(), /locked\S* 200/)).toEqual([])
})

test('another image than expected: refused before a blob is read', async () => {
  door.requests()
  const expected = { params: { 'expect-digest': `sha256:${'0'.repeat(64)}` } }
  const result = await copy(door, from, `${places.ecrCopy}:unexpected`, expected)
  expectEnd(result, 'REGISTRY_IMAGE_UNEXPECTED', 77)
  expect(only(door.requests(), /blobs|^ecr/)).toEqual([])
})
