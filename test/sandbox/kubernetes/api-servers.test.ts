import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { presignCallerIdentity } from '../../../steps/lib/aws/presign.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { example, exampleCloud } from '../example-cloud.ts'
import { startSandbox, type Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'

const host = '0a1b.gr7.eu-central-1.eks.amazonaws.com'
const aksHost = 'shop.hcp.westeurope.azmk8s.io'
const stsHost = `sts.${example.region}.amazonaws.com`

let sandbox: Sandbox
beforeAll(async () => {
  const clusters = [
    { kind: 'eks', host, name: 'shop', roles: [example.roleArn] },
    { kind: 'aks', host: aksHost, tenantId: example.tenantId, principals: [example.principalId] },
  ] as const
  sandbox = await startSandbox({ ...exampleCloud(), clusters })
  sandbox.world.awsSessions.set(known.accessKeyId, known)
})
afterAll(async () => await sandbox.close())

const known = {
  accessKeyId: 'ASIAEXAMPLEEXAMPLE00',
  secretAccessKey: 'a-secret-access-key-of-forty-characters0',
  sessionToken: 'a-session-token/with+signs==',
  accountId: example.accountId,
  partition: 'aws',
  roleName: 'ci-push',
  sessionName: 'ci.web',
  expiresAt: Date.now() + 3_600_000,
}

type Presigning = {
  readonly now?: number
  readonly headers?: Record<string, string>
  readonly host?: string
  readonly secret?: string
}

function presigned({
  now = Date.now(),
  headers = { 'x-k8s-aws-id': 'shop' },
  host: at = stsHost,
  secret = known.secretAccessKey,
}: Presigning = {}): string {
  const session = {
    accessKeyId: known.accessKeyId,
    secretAccessKey: new Secret(secret),
    sessionToken: new Secret(known.sessionToken),
    arn: '',
    accountId: known.accountId,
    region: example.region,
    expiresAt: known.expiresAt,
    requestId: '',
  }
  return presignCallerIdentity({ host: at, region: example.region, session, headers, now }).reveal()
}

const tokenOf = (url: string): string => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`

async function enter(token: string, at = host): Promise<{ status: number; why: string }> {
  const { status } = await throughProxy(sandbox, {
    url: `https://${at}/version`,
    headers: token === '' ? {} : { authorization: `Bearer ${token}` },
  })
  const why = sandbox.journal.entries.findLast(({ standIn }) => standIn === 'kubernetes')?.checks?.join('; ') ?? ''
  return { status, why }
}

const minutes = 60_000

describe('EKS', () => {
  test('lets in a presigned GetCallerIdentity that names the cluster, for 15 minutes', async () => {
    expect(await enter(tokenOf(presigned()))).toEqual({
      status: 200,
      why: expect.stringContaining('assumed-role/ci-push/ci.web'),
    })
    expect(await enter(tokenOf(presigned({ now: Date.now() - 14 * minutes })))).toMatchObject({ status: 200 })
  })

  test.each<[what: string, token: () => string, why: string]>([
    ['no token', () => '', 'no bearer token'],
    ['another prefix', () => tokenOf(presigned()).replace('v1', 'v2'), 'does not begin with k8s-aws-v1.'],
    ['padding', () => `${tokenOf(presigned())}==`, 'not unpadded base64url'],
    ['more than 4096 characters', () => tokenOf(`${presigned()}&${'x'.repeat(4000)}=1`), 'longer than 4096'],
    ['a URL of 15 minutes ago', () => tokenOf(presigned({ now: Date.now() - 16 * minutes })), 'older than 15 minutes'],
    [
      'the name of another cluster',
      () => tokenOf(presigned({ headers: { 'x-k8s-aws-id': 'other' } })),
      'STS says 403 SignatureDoesNotMatch',
    ],
    ['a name that is not signed', () => tokenOf(presigned({ headers: {} })), 'x-k8s-aws-id or host is not signed'],
    ['another secret', () => tokenOf(presigned({ secret: 'wrong' })), 'STS says 403 SignatureDoesNotMatch'],
    ['the global endpoint', () => tokenOf(presigned({ host: 'sts.amazonaws.com' })), 'is no STS of a region'],
    ['another host', () => tokenOf(presigned({ host: 'sts.example.com' })), 'is no STS of a region'],
    ['http', () => tokenOf(presigned().replace('https:', 'http:')), 'no plain https URL'],
    ['a path', () => tokenOf(presigned().replace('/?', '/x?')), 'the path /x'],
    ['a parameter more', () => tokenOf(`${presigned()}&X=1`), 'does not belong there'],
    ['a parameter twice', () => tokenOf(`${presigned()}&Version=2011-06-15`), 'a parameter twice'],
    ['another action', () => tokenOf(presigned().replace('GetCallerIdentity', 'GetSessionToken')), 'another action'],
  ])('refuses %s', async (_, token, why) => {
    expect(await enter(token())).toEqual({ status: 401, why: expect.stringContaining(why) })
  })

  test('refuses a role that has no access entry', async () => {
    sandbox.world.awsSessions.set(known.accessKeyId, { ...known, roleName: 'other' })
    const answer = await enter(tokenOf(presigned()))
    sandbox.world.awsSessions.set(known.accessKeyId, known)
    expect(answer).toEqual({ status: 401, why: expect.stringContaining('role/other is not let in') })
  })
})

describe('AKS', () => {
  test('refuses what is no token of Entra', async () => {
    expect(await enter('x.y.z', aksHost)).toEqual({ status: 401, why: 'token: no valid token of Entra' })
  })
})
