import { registryPolicy, type PolicyTarget } from '../aws/registry-policy.ts'
import type { RegistryLogin } from './acr-login.ts'
import type { AwsTarget } from './aws-session.ts'
import type { Federation } from './federation.ts'
import type { IdentityInputs } from './identity-inputs.ts'
import type { AwsRegistry, Registries } from './registry-entries.ts'

/** What the logins are for, and the policies that narrow the sessions behind those to AWS. */
export type LoginInputs = Pick<IdentityInputs, 'aws-session-policy' | 'aws-session-policy-arns'> & {
  readonly access: 'pull' | 'push'
}

/** What people are told about the logins. */
type Note = (text: string) => void

/** All of them or none: half a configuration would let a build fail at its end. Throws what Entra, STS and the registries' logins throw. */
export async function registryLogins(
  federation: Federation,
  { acr, aws }: Pick<Registries, 'acr' | 'aws'>,
  { inputs, note }: { readonly inputs: LoginInputs; readonly note: Note },
): Promise<readonly RegistryLogin[]> {
  const { access } = inputs
  const fromAcr = async () => {
    if (acr.length === 0) return []
    const { acrLogin } = await import('./acr-login.ts')
    return await Promise.all(acr.map(async (one) => await acrLogin(federation, { ...one, access })))
  }
  const fromAws = async () => (aws.length === 0 ? [] : await awsLogins(federation, aws, { inputs, note }))
  return (await Promise.all([fromAcr(), fromAws()])).flat()
}

/** Logins to all registries of AWS. Those of one role share a session, which may no more than all of them need. */
async function awsLogins(
  federation: Federation,
  aws: readonly AwsRegistry[],
  { inputs, note }: { readonly inputs: LoginInputs; readonly note: Note },
): Promise<readonly RegistryLogin[]> {
  const [{ sharedAwsSessions }, { ecrLogin }] = await Promise.all([
    import('./aws-session.ts'),
    import('./ecr-login.ts'),
  ])
  const sessions = sharedAwsSessions(federation)
  const given = policiesGiven(inputs)
  if (given.length > 0) {
    const names = given.join(' and ')
    note(`${names}: used as given; access (${inputs.access}) narrows no session of AWS`)
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

function policiesGiven(inputs: LoginInputs): readonly string[] {
  return [
    ...(inputs['aws-session-policy'] === undefined ? [] : ['aws-session-policy']),
    ...((inputs['aws-session-policy-arns'] ?? []).length === 0 ? [] : ['aws-session-policy-arns']),
  ]
}

function policiesByRole(aws: readonly AwsRegistry[], access: LoginInputs['access']): ReadonlyMap<string, string> {
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
