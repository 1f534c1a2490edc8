import { registryPolicy, type PolicyTarget } from '../lib/aws/registry-policy.ts'
import type { RegistryLogin } from '../lib/federation/acr-login.ts'
import type { AwsTarget } from '../lib/federation/aws-session.ts'
import type { Federation } from '../lib/federation/federation.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import type { Log } from '../lib/step/log.ts'
import type { AwsRegistry } from './registries.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>

/** Logins to all registries of AWS. Those of one role share a session, which may no more than all of them need. Throws what the session and ECR throw. */
export async function awsLogins(
  federation: Federation,
  aws: readonly AwsRegistry[],
  { inputs, log }: { readonly inputs: Inputs; readonly log: Log },
): Promise<readonly RegistryLogin[]> {
  const [{ sharedAwsSessions }, { ecrLogin }] = await Promise.all([
    import('../lib/federation/aws-session.ts'),
    import('../lib/federation/ecr-login.ts'),
  ])
  const sessions = sharedAwsSessions(federation)
  const given = policiesGiven(inputs)
  if (given.length > 0) {
    const names = given.join(' and ')
    log.line('note', `${names}: used as given; access (${inputs.access}) narrows no session of AWS`)
  }
  // Beside what was given it would widen: what all policies of a session allow adds up.
  const made = given.length > 0 ? new Map<string, string>() : policiesByRole(aws, inputs.access)
  return await Promise.all(
    aws.map(async ({ registry, repositories, target }) => {
      const policy = target.policy ?? made.get(workerOf(target))
      return await ecrLogin(federation, { ...target, registry, repositories, policy }, sessions)
    }),
  )
}

function policiesGiven(inputs: Inputs): readonly string[] {
  return [
    ...(inputs['aws-session-policy'] === undefined ? [] : ['aws-session-policy']),
    ...(inputs['aws-session-policy-arns'].length === 0 ? [] : ['aws-session-policy-arns']),
  ]
}

function policiesByRole(aws: readonly AwsRegistry[], access: Inputs['access']): ReadonlyMap<string, string> {
  const byRole = Map.groupBy(aws, ({ target }) => workerOf(target))
  return new Map([...byRole].map(([arn, registries]) => [arn, registryPolicy(registries.map(policyTarget), access)]))
}

/** The role whose session asks ECR. */
function workerOf({ role, chain }: AwsTarget): string {
  return (chain ?? role).arn
}

function policyTarget({ registry, repositories }: AwsRegistry): PolicyTarget {
  return { ecr: registry.kind === 'ecr' ? registry.ecr : 'public', repositories }
}
