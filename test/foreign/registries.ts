import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import type { ForeignCloud } from './cloud.ts'
import { acrScope, awsScope, awsSdk, entraToken, textOf } from './node-clients.ts'

/** A registry of the example as a client that knows no cloud sees it: a host, and a user name with a password. */
export type ForeignRegistry = {
  readonly name: 'ACR' | 'ECR'
  readonly host: string
  /** User and password, `user:password`, as the vendor's own client gets them. */
  login(cloud: ForeignCloud): Promise<string>
  /** User that goes with every password. */
  readonly user: string
  /** What the registry says to a wrong password. */
  readonly refusal: RegExp
}

/** The user name that says "the password is a token" (Azure/acr docs/Token-BasicAuth.md). */
const tokenUser = '00000000-0000-0000-0000-000000000000'

/** Both registries. */
export const registries: readonly ForeignRegistry[] = [
  { name: 'ACR', host: example.acrHost, user: tokenUser, login: loginToAcr, refusal: /UNAUTHORIZED|authentication required/ },
  { name: 'ECR', host: example.ecrHost, user: 'AWS', login: loginToEcr, refusal: /Not Authorized|401/ },
]

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

/** Writes a docker configuration that knows one login, and gives its folder. */
export async function writeDockerConfig(folder: string, host: string, login: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const auths = { [host]: { auth: Buffer.from(login).toString('base64') } }
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 })
  return folder
}
