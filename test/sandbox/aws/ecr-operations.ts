import { randomBytes } from 'node:crypto'
import type { AwsAccount, EcrRepository } from '../config.ts'
import type { AwsSession, World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import type { Trace } from './aws-fault.ts'
import { dnsSuffix, partitionOf } from './hosts.ts'
import type { JsonObject } from './json-object.ts'
import { decide } from './policy.ts'
import { assumedRoleArn } from './role-arn.ts'

/** A signed call of the ECR API. */
export type EcrCall = {
  readonly session: AwsSession
  readonly region: string
  readonly input: JsonObject
  readonly trace: Trace
}

/** An operation: what it answers, or the fault that it throws. */
export type EcrOperation = (world: World, call: EcrCall) => JsonObject

const PASSWORD_LIFETIME_MS = 12 * 3_600_000
const REPOSITORY_MADE_AT = 1_767_225_600

const registryHost = (accountId: string, region: string): string =>
  `${accountId}.dkr.ecr.${region}.${dnsSuffix(partitionOf(region))}`

/** Refuses with the text that names who may not do what, and which kind of policy is at fault. */
const authorize = (world: World, call: EcrCall, action: string, resource: string): void => {
  const { outcome, decidedBy, notes } = decide(world, call.session, { action, resource })
  call.trace.checks.push(`${action} on ${resource}: ${outcome} (${decidedBy})`, ...notes)
  if (outcome === 'allow') return
  const who = `User: ${assumedRoleArn(call.session)} is not authorized to perform: ${action} on resource: ${resource}`
  const article = decidedBy.startsWith('i') ? 'an' : 'a'
  const why =
    outcome === 'explicit-deny'
      ? `with an explicit deny in ${article} ${decidedBy}`
      : `because no ${decidedBy} allows the ${action} action`
  throw new AwsFault('AccessDeniedException', `${who} ${why}`)
}

const invalid = (message: string): AwsFault => new AwsFault('InvalidParameterException', message)

const textList = (input: JsonObject, name: string, pattern: RegExp): readonly string[] => {
  const list: unknown = input[name] ?? []
  const fits = (item: unknown): item is string => typeof item === 'string' && pattern.test(item)
  // [K] assumption: the wording of a parameter fault.
  if (!Array.isArray(list) || !list.every(fits))
    throw invalid(`Invalid parameter at '${name}' failed to satisfy constraint: 'must match ${pattern.source}'`)
  return list
}

const ACCOUNT_ID = /^\d{12}$/
const REPOSITORY_NAME = /^(?:[a-z0-9]+(?:[._-][a-z0-9]+)*\/)*[a-z0-9]+(?:[._-][a-z0-9]+)*$/

/** Makes a registry password, good in this region until 12 hours are over or the session ends. */
const getAuthorizationToken: EcrOperation = (world, call) => {
  const { session, region } = call
  const registries = textList(call.input, 'registryIds', ACCOUNT_ID)
  authorize(world, call, 'ecr:GetAuthorizationToken', '*')
  const passwordExpiresAt = Math.min(world.clock.now() + PASSWORD_LIFETIME_MS, session.expiresAt)
  const password = randomBytes(1200).toString('base64')
  const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64')
  world.minted.add(password)
  world.minted.add(authorizationToken)
  world.ecrPasswords.set(password, { ...session, ecrRegion: region, passwordExpiresAt })
  return {
    authorizationData: (registries.length > 0 ? registries : [session.accountId]).map((accountId) => ({
      authorizationToken,
      expiresAt: passwordExpiresAt / 1000,
      proxyEndpoint: `https://${registryHost(accountId, region)}`,
    })),
  }
}

const repositoryArn = (call: EcrCall, name: string): string =>
  `arn:${partitionOf(call.region)}:ecr:${call.region}:${call.session.accountId}:repository/${name}`

const describe = (call: EcrCall, repository: EcrRepository): JsonObject => ({
  repositoryArn: repositoryArn(call, repository.name),
  registryId: call.session.accountId,
  repositoryName: repository.name,
  repositoryUri: `${registryHost(call.session.accountId, call.region)}/${repository.name}`,
  createdAt: REPOSITORY_MADE_AT,
  imageTagMutability: repository.imageTagMutability ?? 'MUTABLE',
  imageScanningConfiguration: { scanOnPush: false },
  encryptionConfiguration: { encryptionType: 'AES256' },
})

const accountOf = (world: World, session: AwsSession): AwsAccount | undefined =>
  world.config.accounts.find(({ id, partition = 'aws' }) => id === session.accountId && partition === session.partition)

/** [K] assumption: another account's registry needs a repository policy, which the sandbox does not have, so it is denied. */
const checkRegistry = (call: EcrCall): void => {
  const { registryId } = call.input
  if (registryId === undefined || registryId === call.session.accountId) return
  const who = `User: ${assumedRoleArn(call.session)} is not authorized to perform: ecr:DescribeRepositories`
  throw new AwsFault(
    'AccessDeniedException',
    `${who} on the registry with id ${JSON.stringify(registryId)} because no resource-based policy allows the ecr:DescribeRepositories action`,
  )
}

/** Without names it lists the registry, in one page; each name is authorized on its own before anything is looked up. */
const describeRepositories: EcrOperation = (world, call) => {
  const names = textList(call.input, 'repositoryNames', REPOSITORY_NAME)
  checkRegistry(call)
  for (const name of names.length > 0 ? names : ['*'])
    authorize(world, call, 'ecr:DescribeRepositories', repositoryArn(call, name))
  const here = (accountOf(world, call.session)?.repositories ?? []).filter(({ region }) => region === call.region)
  const missing = names.find((name) => !here.some((repository) => repository.name === name))
  if (missing !== undefined)
    throw new AwsFault(
      'RepositoryNotFoundException',
      `The repository with name '${missing}' does not exist in the registry with id '${call.session.accountId}'`,
    )
  const wanted = names.length > 0 ? here.filter(({ name }) => names.includes(name)) : here
  return { repositories: wanted.map((repository) => describe(call, repository)) }
}

/** The operations that the sandbox answers; any other is an UnknownOperationException. */
export const ECR_OPERATIONS: Readonly<Record<string, EcrOperation>> = {
  GetAuthorizationToken: getAuthorizationToken,
  DescribeRepositories: describeRepositories,
}
