import tls from 'node:tls'
import { example } from '../sandbox/example-cloud.ts'
import { createPki } from '../sandbox/pki.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { startForeignCloud } from './cloud.ts'
import type { ForeignCloud } from './cloud.ts'
import { goodLogin, startDockerRegistry } from './docker-registry.ts'
import type { DockerRegistryOptions } from './docker-registry.ts'
import { basic, fixedAuthorizer } from './engine.ts'
import type { EngineTarget } from './engine.ts'
import { textOf } from './node-clients.ts'
import { startOlareg } from './olareg.ts'
import { acr, ecr } from './registries.ts'
import type { ForeignRegistry } from './registries.ts'
import type { Tool } from './tools.ts'
import { cloudOfTwoRoles } from './two-roles.ts'

/** A registry that our engine pushes to and foreign clients read from. */
export type Server = AsyncDisposable & {
  readonly target: EngineTarget
  /** `user:password` for foreign clients. */
  readonly login: string
  /** Variables by which foreign clients reach it. */
  readonly variables: Readonly<Record<string, string>>
  /** CA certificates that its TLS is trusted by; undefined where it speaks plain HTTP. */
  readonly caPem: string | undefined
}

/** A registry that tells what it was asked. */
export type LoggingServer = Server & {
  /** Methods and paths that its repositories were asked since the last call, without queries. */
  requests(): Promise<readonly string[]>
}

/** How to open a registry, and what must be installed for it. */
export type ServerRow<S extends Server = LoggingServer> = {
  readonly name: string
  readonly needs: readonly Tool[]
  /** Whether it lists referrers itself (distribution-spec, "Listing Referrers"): CNCF's distribution does not, up to 3.1. */
  readonly listsReferrers: boolean
  readonly open: () => Promise<S>
}

/** All that log what they are asked. */
export const servers: readonly ServerRow[] = [
  { name: "the sandbox's ECR", needs: [], listsReferrers: true, open: () => openSandbox(ecr) },
  { name: "the sandbox's ACR", needs: [], listsReferrers: true, open: () => openSandbox(acr) },
  { name: "Debian's registry", needs: ['docker-registry'], listsReferrers: false, open: () => openDistribution({}) },
  {
    name: 'distribution 3',
    needs: ['distribution'],
    listsReferrers: false,
    open: () => openDistribution({ program: 'distribution' }),
  },
]

/** The last of them once more, with Go's TLS. */
export const tlsServer: ServerRow = {
  name: 'distribution 3 over TLS',
  needs: ['distribution'],
  listsReferrers: false,
  open: async () => await openDistribution({ program: 'distribution', pki: await createPki() }),
}

/** Those that list referrers or keep a tag for them; the last logs no request. */
export const referrersServers: readonly ServerRow<Server>[] = [
  ...servers,
  { name: 'olareg', needs: ['olareg'], listsReferrers: true, open: openOlareg },
]

async function openDistribution(options: DockerRegistryOptions): Promise<LoggingServer> {
  const registry = await startDockerRegistry(options)
  const caPem = options.pki?.caPem
  if (caPem !== undefined) trust(caPem)
  return {
    target: {
      origin: registry.origin,
      repository: example.repository,
      authorizer: fixedAuthorizer(basic(goodLogin)),
      cancelsUploads: true,
    },
    login: goodLogin,
    variables: {},
    caPem,
    requests: async () => (await registry.requests()).map(withoutQuery),
    [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose](),
  }
}

async function openOlareg(): Promise<Server> {
  const { origin, [Symbol.asyncDispose]: stop } = await startOlareg()
  return {
    // It asks nobody who they are.
    target: {
      origin,
      repository: example.repository,
      authorizer: fixedAuthorizer(basic(goodLogin)),
      cancelsUploads: true,
    },
    login: goodLogin,
    variables: {},
    caPem: undefined,
    [Symbol.asyncDispose]: stop,
  }
}

async function openSandbox(registry: ForeignRegistry): Promise<LoggingServer> {
  const cloud = await startForeignCloud(cloudOfTwoRoles())
  const { sandbox } = cloud
  trust(sandbox.caPem)
  const login = await registry.login(cloud)
  const authorization = registry.name === 'ACR' ? await bearer(cloud, login) : basic(login)
  let seen = sandbox.journal.entries.length
  return {
    target: {
      origin: new URL(`https://${registry.host}`),
      repository: example.repository,
      authorizer: fixedAuthorizer(authorization),
      proxyUrl: sandbox.proxyUrl,
      cancelsUploads: registry.name === 'ACR',
    },
    login,
    variables: sandbox.environment(),
    caPem: sandbox.caPem,
    requests: async () => {
      const fresh = sandbox.journal.entries.slice(seen)
      seen = sandbox.journal.entries.length
      return fresh
        .filter(({ host, path }) => host === registry.host && path.startsWith('/v2/'))
        .map(({ method, path }) => withoutQuery(`${method} ${path}`))
    },
    [Symbol.asyncDispose]: () => cloud.close(),
  }
}

/** What ACR gives for its refresh token, which is the password (Azure/acr docs/AAD-OAuth.md). */
async function bearer({ sandbox }: ForeignCloud, login: string): Promise<string> {
  const form = {
    grant_type: 'refresh_token',
    service: example.acrHost,
    scope: `repository:${example.repository}:pull,push`,
    refresh_token: login.slice(login.indexOf(':') + 1),
  }
  const { body } = await throughProxy(sandbox, {
    url: `https://${example.acrHost}/oauth2/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
  return `Bearer ${textOf(JSON.parse(body) as Record<string, unknown>, 'access_token')}`
}

/** For our engine, which runs in this process; beside what is trusted already. */
function trust(caPem: string): void {
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), caPem])
}

function withoutQuery(request: string): string {
  return request.replace(/\?.*/, '')
}
