import type { PolicyDocument } from '../config.ts'
import { addEcrRepository } from '../registry/ecr-repositories.ts'
import type { World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'
import { invalidParameter, requiredText } from './ecr-input.ts'
import { named, requireRepository } from './ecr-target.ts'
import type { RepositoryTarget } from './ecr-target.ts'
import { accountPartition, roleArnOf, userArnOf } from './role-arn.ts'
import type { JsonOperation } from './json-operation.ts'
import { parsePolicy, PolicyInvalid } from './policy-document.ts'
import type { Statement } from './policy-document.ts'

const invalidPolicy = (): AwsFault => invalidParameter('PolicyText', 'Invalid repository policy provided')

/** IAM looks up whom a policy names: a role, user or account that does not exist makes it invalid (publicly reported). */
const exists = (world: World, name: string): boolean =>
  world.config.accounts.some((account) => {
    const names = [
      account.id,
      `arn:${accountPartition(account)}:iam::${account.id}:root`,
      ...account.roles.map((role) => roleArnOf(account, role)),
      ...(account.users ?? []).map((user) => userArnOf(account, user)),
    ]
    // A role session's ARN is not looked up. [K] assumption.
    const sessions = account.roles.map(
      (role) => `arn:${accountPartition(account)}:sts::${account.id}:assumed-role/${role.name}/`,
    )
    return names.includes(name) || sessions.some((prefix) => name.startsWith(prefix))
  })

const parse = (policyText: string): readonly Statement[] => {
  try {
    return parsePolicy(JSON.parse(policyText), 'repository')
  } catch (error) {
    if (error instanceof PolicyInvalid || error instanceof SyntaxError) throw invalidPolicy()
    throw error
  }
}

const show = (target: RepositoryTarget, policy: PolicyDocument): Record<string, unknown> => ({
  ...named(target),
  policyText: JSON.stringify(policy),
})

const requirePolicy = ({ repository, registry, name }: RepositoryTarget): PolicyDocument => {
  if (repository.policy !== undefined) return repository.policy
  throw new AwsFault(
    'RepositoryPolicyNotFoundException',
    `Repository policy does not exist for the repository with name '${name}' in the registry with id '${registry.account}'`,
  )
}

/** The repository's own policy. */
export const getRepositoryPolicy: JsonOperation = (world, call) => {
  const target = requireRepository(world, call, 'ecr:GetRepositoryPolicy')
  return show(target, requirePolicy(target))
}

/** Puts a policy on the repository, once it is one and names only who exists. `force` is accepted and changes nothing here. */
export const setRepositoryPolicy: JsonOperation = (world, call) => {
  const policyText = requiredText(call.input, 'policyText')
  const target = requireRepository(world, call, 'ecr:SetRepositoryPolicy')
  const statements = parse(policyText)
  if (!statements.flatMap(({ principal }) => principal?.aws ?? []).every((name) => exists(world, name)))
    throw invalidPolicy()
  const policy = JSON.parse(policyText) as PolicyDocument
  addEcrRepository(world, target.registry, { ...target.repository, policy })
  return show(target, policy)
}

/** Takes the policy away. */
export const deleteRepositoryPolicy: JsonOperation = (world, call) => {
  const target = requireRepository(world, call, 'ecr:DeleteRepositoryPolicy')
  const policy = requirePolicy(target)
  const { policy: _gone, ...kept } = target.repository
  addEcrRepository(world, target.registry, kept)
  return show(target, policy)
}
