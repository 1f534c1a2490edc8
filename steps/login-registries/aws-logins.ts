import { registryPolicy, type PolicyTarget } from '../lib/aws/registry-policy.ts'
import type { RegistryLogin } from '../lib/federation/acr-login.ts'
import type { Federation } from '../lib/federation/federation.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { AwsRegistry, Registries } from './registries.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>

/** Logins to all registries of AWS. Those of one role share a session, which may no more than all of them need. Throws what the session and ECR throw. */
export async function awsLogins(
  federation: Federation,
  { aws, tokenResource }: Registries,
  inputs: Inputs,
  { context, log }: Services,
): Promise<readonly RegistryLogin[]> {
  const [{ sharedAwsSessions }, { ecrLogin }] = await Promise.all([
    import('../lib/federation/aws-session.ts'),
    import('../lib/federation/ecr-login.ts'),
  ])
  const sessions = sharedAwsSessions(federation)
  const given = inputs['aws-session-policy']
  if (given !== undefined)
    log.line('note', `aws-session-policy is used as it is: access (${inputs.access}) narrows no session of AWS`)
  const policies = given === undefined ? policiesByRole(aws, inputs.access) : new Map<string, string>()
  return await Promise.all(
    aws.map(async ({ registry, repositories, role, region }) => {
      const policy = given ?? policies.get(role.arn)
      const durationSeconds = Math.ceil(inputs['aws-session-duration'] / 1000)
      const target = { registry, repositories, role, region, tokenResource, context, durationSeconds, policy }
      return await ecrLogin(federation, target, sessions)
    }),
  )
}

function policiesByRole(aws: readonly AwsRegistry[], access: Inputs['access']): ReadonlyMap<string, string> {
  const byRole = Map.groupBy(aws, ({ role }) => role.arn)
  return new Map([...byRole].map(([arn, registries]) => [arn, registryPolicy(registries.map(targetOf), access)]))
}

function targetOf({ registry, repositories }: AwsRegistry): PolicyTarget {
  return { ecr: registry.kind === 'ecr' ? registry.ecr : 'public', repositories }
}
