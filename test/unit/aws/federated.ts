import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openRecord, type RecordDraft } from '../../../steps/lib/audit/record.ts'
import { parseRoleArn, type RoleArn } from '../../../steps/lib/aws/role-arn.ts'
import type { Patience } from '../../../steps/lib/core/retry.ts'
import type { AwsTarget } from '../../../steps/lib/federation/aws-session.ts'
import { createFederation, type Federation } from '../../../steps/lib/federation/federation.ts'
import { createHttpClient } from '../../../steps/lib/http/client.ts'
import { trustCertificates } from '../../../steps/lib/http/trust.ts'
import { readRunContext } from '../../../steps/lib/step/run-context.ts'
import type { AwsAccount, AwsRole, EcrRepository, PolicyStatement, SandboxConfig } from '../../sandbox/config.ts'
import { example, exampleCloud } from '../../sandbox/example-cloud.ts'
import type { AcrRegistry } from '../../sandbox/registry/acr-config.ts'
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts'

export const context = readRunContext({ POD_NAMESPACE: example.namespace, TASKRUN_NAME: 'push-web-x7k2p' })

/** What a test changes of the example's account. */
export type AccountChange = {
  readonly partition?: NonNullable<AwsAccount['partition']>
  readonly region?: string
  /** What the role may do; everything when absent. */
  readonly statements?: readonly PolicyStatement[]
  readonly role?: Partial<AwsRole>
  readonly repository?: Partial<EcrRepository>
  readonly account?: Partial<AwsAccount>
  readonly acr?: Partial<AcrRegistry>
}

export const everything: PolicyStatement = { Effect: 'Allow', Action: '*', Resource: '*' }

/** Everything but one action, as a role that lacks it. */
export const allBut = (...actions: readonly string[]): readonly PolicyStatement[] => [
  everything,
  { Effect: 'Deny', Action: actions, Resource: '*' },
]

/** The example's clouds with its account in another partition or region, with other rights. */
export function cloudWith(change: AccountChange = {}): SandboxConfig {
  const { partition = 'aws', region = example.region, statements = [everything] } = change
  const cloud = exampleCloud()
  const inPartition = (text: string): string => text.replaceAll('arn:aws:', `arn:${partition}:`)
  const accounts = cloud.accounts.map((account) => ({
    ...account,
    partition,
    roles: account.roles.map((role) => ({
      ...role,
      trustPolicy: JSON.parse(inPartition(JSON.stringify(role.trustPolicy))),
      policies: [{ Version: '2012-10-17' as const, Statement: statements }],
      ...change.role,
    })),
    repositories: account.repositories.map((repository) => ({ ...repository, region, ...change.repository })),
    ...change.account,
  }))
  return { ...cloud, accounts, acrRegistries: cloud.acrRegistries.map((one) => ({ ...one, ...change.acr })) }
}

/** Our own way into the clouds of a sandbox, inside this process. */
export type Federated = AsyncDisposable & {
  readonly sandbox: Sandbox
  readonly federation: Federation
  readonly record: RecordDraft
  readonly role: RoleArn
  /** A target with the role; the plain one. */
  target(change?: Partial<AwsTarget>): AwsTarget
  /** Hosts that were asked since the last call, each once. */
  hosts(): readonly string[]
  /** `ecr POST DescribeRepositories 400 RepositoryNotFoundException` of one stand-in since the last call. */
  calls(standIn: string): readonly string[]
}

/** Opens a sandbox whose time passes when we sleep, and a federation into it. */
export async function openFederated(change: AccountChange = {}, patience: Partial<Patience> = {}): Promise<Federated> {
  const sandbox = await startSandbox(cloudWith(change))
  trustCertificates(sandbox.caPem)
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-unit-'))
  const tokenPath = join(folder, 'token')
  const { namespace, serviceAccount } = example
  await writeFile(tokenPath, sandbox.mintToken({ namespace, serviceAccount }))
  const { clock } = sandbox.world
  const http = createHttpClient({
    userAgent: 'tekton-entra-test',
    proxy: { httpsProxy: sandbox.proxyUrl, noProxy: '' },
  })
  const record = openRecord({ id: 'test', step: 'test', version: '0', startedAt: clock.now(), context })
  const federation = createFederation(
    {
      tenantId: example.tenantId,
      clientId: example.clientId,
      cloud: 'AzureCloud',
      tokenPath,
      tokenAudience: 'api://AzureADTokenExchange',
    },
    {
      http,
      record,
      patience: {
        clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(ms) },
        random: () => 1,
        signal: new AbortController().signal,
        deadlineAt: clock.now() + 240_000,
        propagationWaitMs: 0,
        onRetry: () => undefined,
        ...patience,
      },
    },
  )
  const role = parseRoleArn(example.roleArn.replace('arn:aws:', `arn:${change.partition ?? 'aws'}:`))
  if (role === undefined) throw new Error('the example has no role')
  const seen = { hosts: 0, calls: 0 }
  return {
    sandbox,
    federation,
    record,
    role,
    target: (more = {}) => ({
      role,
      region: change.region ?? example.region,
      tokenResource: example.awsTokenResource,
      context,
      ...more,
    }),
    hosts: () => {
      const fresh = sandbox.journal.entries.slice(seen.hosts)
      seen.hosts = sandbox.journal.entries.length
      return [...new Set(fresh.map(({ host }) => host))]
    },
    calls: (standIn) => {
      const fresh = sandbox.journal.entries.slice(seen.calls)
      seen.calls = sandbox.journal.entries.length
      return fresh
        .filter((entry) => entry.standIn === standIn)
        .map(({ operation = '', status, refused = '' }) => `${operation} ${status} ${refused}`.trimEnd())
    },
    [Symbol.asyncDispose]: async () => {
      http.close()
      await sandbox.close()
      await rm(folder, { recursive: true, force: true })
      if (sandbox.crashes.length > 0) throw new AggregateError(sandbox.crashes, 'a stand-in crashed')
    },
  }
}
