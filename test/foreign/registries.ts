import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import type { ForeignCloud } from './cloud.ts'
import { writeDockerConfig } from './docker-config.ts'
import { acrScope, awsScope, awsSdk, entraToken, textOf } from './node-clients.ts'

/** A registry of the example as a client that knows no cloud sees it: a host, and a user name with a password. */
export type ForeignRegistry = {
  readonly name: 'ACR' | 'ECR'
  readonly host: string
  /** User and password, `user:password`, as the vendor's own client gets them. */
  login(cloud: ForeignCloud): Promise<string>
  /** User that goes with every password. */
  readonly user: string
  /** What crane says of a wrong password: the registry's own words. */
  readonly refusal: string
}

/** The user name that says "the password is a token" (Azure/acr docs/Token-BasicAuth.md). */
const tokenUser = '00000000-0000-0000-0000-000000000000'

/** The example's registry on Azure. */
export const acr: ForeignRegistry = {
  name: 'ACR',
  host: example.acrHost,
  user: tokenUser,
  login: loginToAcr,
  refusal: 'UNAUTHORIZED: authentication required, visit https://aka.ms/acr/authorization',
}

/** The example's registry on AWS. */
export const ecr: ForeignRegistry = {
  name: 'ECR',
  host: example.ecrHost,
  user: 'AWS',
  login: loginToEcr,
  refusal: '401 Unauthorized: Not Authorized',
}

/** Both. */
export const registries: readonly ForeignRegistry[] = [acr, ecr]

/** An image of the example's repository. */
export function imageIn(registry: ForeignRegistry, tag: string): string {
  return `${registry.host}/${example.repository}:${tag}`
}

async function loginToEcr(cloud: ForeignCloud): Promise<string> {
  const answer = await awsSdk(cloud, await cloud.aws(await entraToken(cloud, awsScope)))
  return Buffer.from(textOf(answer, 'login'), 'base64').toString('utf8')
}

/** `/oauth2/exchange` as `az acr login --expose-token` calls it; no client of one vendor package alone does. */
async function loginToAcr(cloud: ForeignCloud): Promise<string> {
  const form = {
    grant_type: 'access_token',
    service: example.acrHost,
    tenant: example.tenantId,
    access_token: await entraToken(cloud, acrScope),
  }
  const { status, body } = await throughProxy(cloud.sandbox, {
    url: `https://${example.acrHost}/oauth2/exchange`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
  const answer: unknown = JSON.parse(body)
  if (typeof answer !== 'object' || answer === null) throw new Error(`ACR answered ${status} without an object`)
  return `${tokenUser}:${textOf({ ...answer }, 'refresh_token')}`
}

const configs = new WeakMap<ForeignCloud, Map<string, Promise<string>>>()

/** Folder of a docker configuration with the registry's good login, which is asked for once in a cloud. */
export async function dockerConfig(cloud: ForeignCloud, registry: ForeignRegistry): Promise<string> {
  const known = configs.get(cloud) ?? new Map<string, Promise<string>>()
  configs.set(cloud, known)
  const { name } = registry
  const config =
    known.get(name) ?? registry.login(cloud).then((login) => writeDockerConfig(cloud.folder, [[registry.host, login]]))
  known.set(name, config)
  return await config
}

/** Folder of a docker configuration whose password the registry never gave. */
export async function wrongDockerConfig(cloud: ForeignCloud, registry: ForeignRegistry): Promise<string> {
  return await writeDockerConfig(cloud.folder, [[registry.host, `${registry.user}:wrong`]])
}
