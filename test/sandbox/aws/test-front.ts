import { Agent } from 'node:https'
import { ECRClient } from '@aws-sdk/client-ecr'
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts'
import type { AssumeRoleCommandInput } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import type { AwsAccount, AwsRole, AwsUser, PolicyDocument, SandboxConfig } from '../config.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox, SandboxOptions } from '../sandbox.ts'
import { policy } from './test-cloud.ts'

export const HOME = '111111111111'
export const OTHER = '222222222222'
export const FRONT_REGION = 'eu-central-1'

/** Keys as the SDK wants them; a user's have no session token. */
export type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }

/** A policy that allows everything. */
export const EVERYTHING: PolicyDocument = policy({ Effect: 'Allow', Action: '*', Resource: '*' })

/** An administrator with a key of his own. */
export const ADMIN: AwsUser = {
  name: 'admin',
  path: '/people/',
  accessKeyId: 'AKIAADMINADMINADMIN2',
  secretAccessKey: 'the-secret-of-the-admin',
  policies: [EVERYTHING],
}

/** A trust policy that names AWS principals, for everything that goes with assuming a role. */
export const trust = (...principals: readonly string[]): PolicyDocument =>
  policy({
    Effect: 'Allow',
    Principal: { AWS: principals },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  })

export const rootOf = (accountId: string): string => `arn:aws:iam::${accountId}:root`
export const roleArn = (name: string, accountId = HOME): string => `arn:aws:iam::${accountId}:role/${name}`

/** A role of the account's own people. */
export const role = (name: string, change: Partial<AwsRole> = {}): AwsRole => ({
  name,
  trustPolicy: trust(rootOf(HOME)),
  policies: [EVERYTHING],
  ...change,
})

/** An account with the administrator and nothing else. */
export const account = (change: Partial<AwsAccount> = {}): AwsAccount => ({
  id: HOME,
  oidcProviders: [],
  roles: [],
  repositories: [],
  users: [ADMIN],
  ...change,
})

/** The whole sandbox with AWS accounts, and the vendor's clients that reach it through its proxy. */
export type Front = AsyncDisposable & {
  readonly sandbox: Sandbox
  sts(keys?: Keys, options?: ClientOptions): STSClient
  ecr(keys?: Keys, options?: ClientOptions): ECRClient
  /** Assumes a role as the administrator, or with other keys. */
  assume(input: Partial<AssumeRoleCommandInput> & { RoleArn: string }, keys?: Keys): Promise<Required<Keys>>
  close(): Promise<void>
}

type ClientOptions = {
  readonly region?: string
  readonly useFipsEndpoint?: boolean
  readonly useDualstackEndpoint?: boolean
  readonly useGlobalEndpoint?: boolean
  readonly maxAttempts?: number
}

/** Starts the sandbox with these accounts. */
export const startFront = async (
  accounts: readonly AwsAccount[],
  more: Partial<SandboxConfig> = {},
  options: SandboxOptions = {},
): Promise<Front> => {
  const sandbox = await startSandbox({ issuers: [], tenants: [], acrRegistries: [], ...more, accounts }, options)
  const settings = (keys: Keys = ADMIN, client: ClientOptions = {}) => ({
    region: FRONT_REGION,
    maxAttempts: 1,
    ...client,
    credentials: keys,
    requestHandler: new NodeHttpHandler({
      httpsAgent: new Agent({ proxyEnv: sandbox.environment(), ca: sandbox.caPem }),
    }),
  })
  const sts = (keys?: Keys, client?: ClientOptions): STSClient => new STSClient(settings(keys, client))
  const close = (): Promise<void> => closeWithoutCrashes(sandbox)
  return {
    sandbox,
    sts,
    ecr: (keys, client) => new ECRClient(settings(keys, client)),
    assume: async (input, keys) => {
      const { Credentials } = await sts(keys).send(new AssumeRoleCommand({ RoleSessionName: 'run-1', ...input }))
      return {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What the SDK's error says. */
export const refusalOf = async (
  call: Promise<unknown>,
): Promise<{ name: string; message: string; status: unknown }> => {
  try {
    await call
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const metadata: unknown = '$metadata' in error ? error.$metadata : undefined
    const status: unknown =
      typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
        ? metadata.httpStatusCode
        : undefined
    return { name: error.name, message: error.message, status }
  }
  throw new Error('the call was answered, and should have been refused')
}

/** How a call came out in one line: what its refusal says, or that it was answered. */
export const outcomeOf = async (call: Promise<unknown>): Promise<string> => {
  const answered = await call.then(
    () => true,
    () => false,
  )
  if (answered) return ANSWERED
  const { name, message, status } = await refusalOf(call)
  return `${name} ${String(status)}: ${message}`
}

/** The outcome of a call that was not refused. */
export const ANSWERED = 'answered'
