import { join } from 'node:path'
import { example } from '../sandbox/example-cloud.ts'
import type { ForeignCloud } from './cloud.ts'

const program = (name: string): string => join(import.meta.dirname, 'programs', name)

/** The scope under which the example's app for AWS is asked for. */
export const awsScope = `${example.awsTokenResource}/.default`

/** The scope of every ACR registry. */
export const acrScope = 'https://containerregistry.azure.net/.default'

type Answer = Readonly<Record<string, unknown>>

/** What @azure/identity says with these variables: `token`, or `error`. */
export async function azureIdentity(
  cloud: ForeignCloud,
  scope: string,
  variables: Record<string, string>,
): Promise<Answer> {
  return await cloud.ask(process.execPath, [program('azure-token.ts'), scope], variables)
}

/** What @azure/msal-node says with these variables: `token`, or `error`. */
export async function msalNode(cloud: ForeignCloud, scope: string, variables: Record<string, string>): Promise<Answer> {
  // It reads no HTTPS_PROXY by itself; Node's own fetch does when told to.
  const more = { NODE_USE_ENV_PROXY: '1' }
  return await cloud.ask(process.execPath, [program('msal-token.ts'), scope], { ...variables, ...more })
}

/** What the AWS SDK for JavaScript says with these variables: `arn`, `login` and more, or `error`. */
export async function awsSdk(cloud: ForeignCloud, variables: Readonly<Record<string, string>>): Promise<Answer> {
  return await cloud.ask(process.execPath, [program('aws-session.ts')], variables)
}

/** A member of an answer that must be a text. */
export function textOf(answer: Answer, name: string): string {
  const value = answer[name]
  if (typeof value !== 'string') throw new Error(`the answer has no ${name}: ${String(answer['error'])}`)
  return value
}

/** An Entra token of the example's identity, as @azure/identity gets it. */
export async function entraToken(cloud: ForeignCloud, scope: string): Promise<string> {
  return textOf(await azureIdentity(cloud, scope, await cloud.azure()), 'token')
}
