import { expect, test } from 'vitest'
import type { World } from '../world.ts'
import { digestOf } from './digest.ts'
import { createEcrRegistry } from './ecr-registry.ts'
import { ACCOUNT, basic, HOST, login, useEcr } from './sample-ecr.ts'
import { beginUpload, errorOf, pushImage, withDigest } from './sample-image.ts'
import { registryState, repositoryState } from './state.ts'

const ARN = `arn:aws:ecr:eu-west-1:${ACCOUNT}:repository/team/app`
const ecr = useEcr()

test.each([
  [HOST, true],
  [`${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn`, true],
  [`${ACCOUNT}.dkr.ecr.us-gov-west-1.amazonaws.com`, true],
  [`${ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com`, false],
  ['12345.dkr.ecr.eu-west-1.amazonaws.com', false],
  ['api.ecr.eu-west-1.amazonaws.com', false],
  [`${HOST}.evil.example`, false],
])('owns %s: %s', (host, owned) => {
  expect(createEcrRegistry(ecr.world()).owns(host)).toBe(owned)
})

test.each([
  ['nothing', () => ({})],
  ['an unknown password', () => basic('AWS', 'guess')],
  [
    'another user name',
    () => ({
      Authorization: login(ecr.world(), 'pusher').Authorization.replace(/.*/, basic('aws', 'x').Authorization),
    }),
  ],
  ['a Bearer token', () => ({ Authorization: 'Bearer x' })],
])('asks for Basic credentials when it gets %s', async (_what, headers) => {
  const reply = await ecr.server().ask('GET', '/v2/', { headers: headers() })
  expect([reply.status, reply.text]).toEqual([401, 'Not Authorized\n'])
  expect(reply.headers['www-authenticate']).toBe(`Basic realm="https://${HOST}/",service="ecr.amazonaws.com"`)
})

test('lets a password in until it or its session ends, then answers 403 without a challenge', async () => {
  const early = login(ecr.world(), 'pusher', { passwordExpiresAt: ecr.world().clock.now() + 60_000 })
  const late = login(ecr.world(), 'pusher')
  const ask = async (headers: object) => ecr.server().ask('GET', '/v2/', { headers: { ...headers } })
  expect([(await ask(early)).status, (await ask(late)).status]).toEqual([200, 200])
  ecr.world().clock.advance(60_000)
  const expired = await ask(early)
  expect([expired.status, expired.headers['www-authenticate']]).toEqual([403, undefined])
  expect(errorOf(expired)).toMatchObject({
    code: 'DENIED',
    message: 'Your authorization token has expired. Reauthenticate and try again.',
  })
  expect((await ask(late)).status).toBe(200)
  ecr.world().clock.advance(3_600_000)
  expect((await ask(late)).status).toBe(403)
})

test('does not take the password of another region', async () => {
  const reply = await ecr
    .server()
    .ask('GET', '/v2/', { headers: login(ecr.world(), 'pusher', { ecrRegion: 'us-east-1' }) })
  expect([reply.status, errorOf(reply).code]).toEqual([403, 'DENIED'])
})

test('does not let another account in, whatever its own policies say', async () => {
  const headers = login(ecr.world(), 'pusher', { accountId: '999999999999' })
  const reply = await ecr.server().ask('POST', '/v2/team/app/blobs/uploads/', { headers })
  expect([reply.status, errorOf(reply).message]).toEqual([
    403,
    expect.stringContaining('because no resource-based policy allows the ecr:InitiateLayerUpload action'),
  ])
})

const digest = digestOf('x')

test.each([
  ['HEAD', `blobs/${digest}`, 'ecr:BatchCheckLayerAvailability'],
  ['GET', `blobs/${digest}`, 'ecr:GetDownloadUrlForLayer'],
  ['POST', 'blobs/uploads/', 'ecr:InitiateLayerUpload'],
  ['PATCH', 'blobs/uploads/1', 'ecr:UploadLayerPart'],
  ['PUT', 'blobs/uploads/1', 'ecr:UploadLayerPart'],
  ['GET', 'manifests/latest', 'ecr:BatchGetImage'],
  ['HEAD', 'manifests/latest', 'ecr:BatchGetImage'],
  ['PUT', 'manifests/latest', 'ecr:PutImage'],
  ['GET', 'tags/list', 'ecr:ListImages'],
])('denies %s %s to a role without %s, in IAM words', async (method, path, action) => {
  const reply = await ecr.server().ask(method, `/v2/team/app/${path}`, { headers: login(ecr.world(), 'nobody') })
  expect(reply.status).toBe(403)
  const message =
    method === 'HEAD'
      ? ''
      : `User: arn:aws:sts::${ACCOUNT}:assumed-role/nobody/run-1 is not authorized to perform: ${action} ` +
        `on resource: ${ARN} because no identity-based policy allows the ${action} action`
  // HEAD has no body to say it in.
  expect(method === 'HEAD' ? reply.text : errorOf(reply).message).toBe(message)
  expect(ecr.world().journal.entries.at(-1)).toMatchObject({ standIn: 'ecr-registry', status: 403, refused: 'DENIED' })
})

const denyCompletion = (_world: World, _session: unknown, { action }: { action: string }) => ({
  outcome: action === 'ecr:CompleteLayerUpload' ? ('explicit-deny' as const) : ('allow' as const),
  decidedBy: 'session policy' as const,
})

test('closing an upload needs CompleteLayerUpload besides', async () => {
  const location = await beginUpload(ecr.target())
  await using strict = await ecr.start({ decide: denyCompletion })
  const put = await strict.ask('PUT', withDigest(location, digest), { body: 'x', headers: ecr.target().headers })
  expect(errorOf(put).message).toMatch(/ecr:CompleteLayerUpload .* with an explicit deny in a session policy$/)
  expect(registryState(ecr.world(), HOST).openUploads()).toMatchObject([{ size: 0 }])
})

test('a puller can pull and cannot begin an upload', async () => {
  await pushImage(ecr.target(), 'v1')
  const headers = login(ecr.world(), 'puller')
  expect((await ecr.server().ask('GET', '/v2/team/app/manifests/v1', { headers })).status).toBe(200)
  expect((await ecr.server().ask('POST', '/v2/team/app/blobs/uploads/', { headers })).status).toBe(403)
  expect(repositoryState(ecr.world(), HOST, 'team/app').openUploads()).toBe(0)
})

test('writes no password into the journal', async () => {
  await pushImage(ecr.target(), 'v1')
  await ecr.server().ask('GET', '/v2/', { headers: basic('AWS', 'guess') })
  const journal = JSON.stringify(ecr.world().journal.entries)
  for (const password of [...ecr.world().ecrPasswords.keys(), 'guess']) {
    expect(journal).not.toContain(password)
    expect(journal).not.toContain(Buffer.from(`AWS:${password}`).toString('base64'))
  }
  expect(ecr.world().journal.entries.at(-1)).toMatchObject({
    operation: 'GET base',
    checks: ['Basic AWS:<password>: unknown'],
  })
})
