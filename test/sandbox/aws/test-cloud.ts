import { createServer } from 'node:http'
import type { AwsAccount, AwsRole, PolicyDocument, PolicyStatement } from '../config.ts'
import { createJournal } from '../journal.ts'
import { createMintedSecrets } from '../minted.ts'
import { createSandboxClock } from '../sandbox-clock.ts'
import { createSigningKeys } from '../signing-keys.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { OBSERVED_KEY_SETS } from './sts-observed-keys.ts'
import type { ObservedKey } from './sts-observed-keys.ts'
import { ISSUER, jwkOf } from './test-issuer.ts'

export const ACCOUNT = '123456789012'
export const REGION = 'us-east-1'
export const ROLE_ARN = `arn:aws:iam::${ACCOUNT}:role/pushers/pusher`
export const PROVIDER_ARN = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.example/tenant/`

/** A policy of the given statements. */
export const policy = (...statements: readonly PolicyStatement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
})

/** A trust policy that admits every token of the issuer, tags and source identity included. */
export const OPEN_TRUST = policy({
  Effect: 'Allow',
  Principal: { Federated: PROVIDER_ARN },
  Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'],
})

const ROLE: AwsRole = {
  name: 'pusher',
  path: '/pushers/',
  trustPolicy: OPEN_TRUST,
  policies: [policy({ Effect: 'Allow', Action: 'ecr:*', Resource: '*' })],
  maxSessionDuration: 43_200,
}

/** What a test changes of the cloud. */
export type CloudOptions = {
  readonly role?: Partial<AwsRole>
  readonly account?: Partial<AwsAccount>
  readonly keys?: readonly ObservedKey[]
  /** Documents that the issuer serves instead of its own, by URL. */
  readonly documents?: ReadonlyMap<string, string>
}

/** What the issuer serves, by URL. */
export const issuerDocuments = async (keys: readonly ObservedKey[]): Promise<Map<string, string>> => {
  const jwksUri = `${ISSUER}keys`
  return new Map([
    [`${ISSUER}.well-known/openid-configuration`, JSON.stringify({ issuer: ISSUER, jwks_uri: jwksUri })],
    [jwksUri, JSON.stringify({ keys: await Promise.all(keys.map(jwkOf)) })],
  ])
}

/** A world with one account, one provider, one role and an issuer that is only a table of documents. */
export const createCloud = async (options: CloudOptions = {}): Promise<World> => {
  const documents = options.documents ?? (await issuerDocuments(options.keys ?? OBSERVED_KEY_SETS.six))
  const account: AwsAccount = {
    id: ACCOUNT,
    oidcProviders: [{ url: ISSUER, clientIds: ['client-a', 'client-b'] }],
    roles: [{ ...ROLE, ...options.role }],
    repositories: [{ region: REGION, name: 'team/app' }],
    ...options.account,
  }
  return {
    config: { issuers: [], tenants: [], accounts: [account], acrRegistries: [] },
    clock: createSandboxClock(),
    journal: createJournal(),
    minted: createMintedSecrets(),
    keys: createSigningKeys(),
    awsSessions: new Map(),
    ecrPasswords: new Map(),
    ecrPublicTokens: new Map(),
    outbound: async (url) => {
      const body = documents.get(url)
      return { status: body === undefined ? 404 : 200, headers: {}, body: body ?? '' }
    },
  }
}

/** A stand-in behind a plain server on loopback. */
export type Served = AsyncDisposable & { readonly url: string }

/** Serves a stand-in as if each request had asked for the host. */
export const serve = async (standIn: StandIn, host: string): Promise<Served> => {
  const server = createServer((request, response) => {
    standIn
      .handle(request, response, host)
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the test server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
