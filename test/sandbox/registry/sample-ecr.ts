import { afterEach, beforeEach } from 'vitest'
import type { PolicyDocument, PolicyStatement } from '../config.ts'
import type { EcrPassword, World } from '../world.ts'
import { createEcrRegistry } from './ecr-registry.ts'
import type { EcrRegistryOptions } from './ecr-registry.ts'
import { serveLoopback } from './loopback.ts'
import type { Loopback } from './loopback.ts'
import type { Target } from './sample-image.ts'
import { createSampleWorld } from './sample-world.ts'

export const ACCOUNT = '123456789012'
export const HOST = `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com`

const policy = (...statements: PolicyStatement[]): PolicyDocument => ({ Version: '2012-10-17', Statement: statements })
const PUSH: PolicyStatement = { Effect: 'Allow', Action: 'ecr:*', Resource: `arn:aws:ecr:*:${ACCOUNT}:repository/*` }
const PULL: PolicyStatement = {
  Effect: 'Allow',
  Action: ['ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchCheckLayerAvailability'],
  Resource: '*',
}

const role = (name: string, ...statements: PolicyStatement[]) => ({
  name,
  trustPolicy: policy(),
  policies: [policy(...statements)],
})

/** One account with three roles and two repositories. */
export const ECR_ACCOUNTS = [
  {
    id: ACCOUNT,
    oidcProviders: [],
    roles: [role('pusher', PUSH), role('puller', PULL), role('nobody')],
    repositories: [
      { region: 'eu-west-1', name: 'team/app' },
      { region: 'eu-west-1', name: 'fixed', imageTagMutability: 'IMMUTABLE' },
    ],
  },
] as const

/** A world with one account, its registry behind a server, and who may push there; made anew for each test. */
export const useEcr = () => {
  let world: World & AsyncDisposable
  let server: Loopback
  let target: Target & { readonly headers: { readonly Authorization: string } }
  const start = async (options: EcrRegistryOptions = {}): Promise<Loopback> => {
    const registry = createEcrRegistry(world, options)
    return serveLoopback((request, response) => registry.handle(request, response, HOST))
  }
  beforeEach(async () => {
    world = createSampleWorld({ accounts: ECR_ACCOUNTS })
    server = await start()
    target = { server, repository: 'team/app', headers: login(world, 'pusher') }
  })
  afterEach(async () => {
    await server[Symbol.asyncDispose]()
    await world[Symbol.asyncDispose]()
  })
  return { world: () => world, server: () => server, target: () => target, start }
}

/** Books a password as the ECR API does, and gives the header that carries it. */
export const login = (world: World, roleName: string, change: Partial<EcrPassword> = {}): { Authorization: string } => {
  const password = `password of ${roleName} ${world.ecrPasswords.size}`
  world.ecrPasswords.set(password, {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'x',
    sessionToken: 'x',
    accountId: ACCOUNT,
    partition: 'aws',
    roleName,
    sessionName: 'run-1',
    expiresAt: world.clock.now() + 3_600_000,
    ecrRegion: 'eu-west-1',
    ...change,
  })
  return basic('AWS', password)
}

/** The header of Basic credentials. */
export const basic = (user: string, password: string): { Authorization: string } => ({
  Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
})
