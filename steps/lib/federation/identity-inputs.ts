import { longestChainedSeconds } from '../aws/chain-limit.ts'
import { partitionOf, type AwsEndpoints, type AwsEndpointsName, type Partition } from '../aws/partitions.ts'
import { parseRoleArn } from '../aws/role-arn.ts'
import type { AzureCloudName } from '../azure/clouds.ts'
import type { Fault } from '../core/errors.ts'
import type { AwsProof } from './aws-session.ts'
import { endpointFaults } from './identity-endpoints.ts'
import { policyArnFaults, policyTextFaults } from './identity-policies.ts'

/** The identity params of a step, as its inputs have them; undefined is what was not given, or faulty by itself. */
export type IdentityInputs = {
  readonly identity?: string | undefined
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly 'token-audience'?: string | undefined
  readonly 'azure-cloud'?: AzureCloudName | undefined
  readonly 'azure-identity'?: 'cluster' | 'identity-binding' | 'aws' | undefined
  readonly 'aws-identity'?: AwsProof | undefined
  readonly 'aws-token-audience'?: string | undefined
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-chain-role-arn'?: string | undefined
  readonly 'aws-token-resource'?: string | undefined
  readonly 'aws-region'?: string | undefined
  readonly 'aws-endpoints'?: AwsEndpointsName | undefined
  /** Milliseconds. */
  readonly 'aws-session-duration'?: number | undefined
  readonly 'aws-session-policy'?: string | undefined
  readonly 'aws-session-policy-arns'?: readonly string[] | undefined
  readonly 'allowed-accounts'?: readonly string[] | undefined
}

/** Something in AWS that the identity is used at. */
export type AwsPlace = {
  /** For messages. */
  readonly host: string
  readonly partition: Partition['name']
  readonly region: string
  readonly endpoints: AwsEndpoints
}

/** What a run needs its identity for: tokens of Entra for itself, sessions of AWS, or both. */
export type IdentityUse = {
  readonly entra: boolean
  readonly aws: boolean
  /** What is reached in AWS, as far as its place is known from its name. */
  readonly places: readonly AwsPlace[]
}

/** What a use comes to: a session may need an Entra token first, an Entra token may need a session first. */
export function neededOf(inputs: IdentityInputs, use: IdentityUse): { readonly entra: boolean; readonly aws: boolean } {
  const entra = use.entra || (use.aws && inputs['aws-identity'] !== 'cluster')
  return { entra, aws: use.aws || (entra && inputs['azure-identity'] === 'aws') }
}

/** Everything that is wrong with the identity params taken together, for such a use; undefined is a use that could not be read. */
export function checkIdentity(inputs: IdentityInputs, use: IdentityUse | undefined): readonly Fault[] {
  if (use === undefined) return policyTextFaults(inputs)
  const needed = neededOf(inputs, use)
  return [
    ...circleFaults(inputs, needed),
    ...missingFaults(inputs, needed),
    ...(needed.aws
      ? [
          ...placeFaults(inputs, use.places),
          ...chainFaults(inputs),
          ...endpointFaults(inputs, use.places),
          ...policyArnFaults(inputs),
        ]
      : []),
    ...policyTextFaults(inputs),
  ]
}

function circleFaults(inputs: IdentityInputs, { entra }: { readonly entra: boolean }): Fault[] {
  if (!entra || inputs['azure-identity'] !== 'aws' || inputs['aws-identity'] !== 'entra') return []
  const expected = 'cluster, with azure-identity: aws: else each would need a token of the other first'
  return [{ param: 'aws-identity', got: 'entra', expected }]
}

type Needed = 'tenant-id' | 'client-id' | 'aws-role-arn' | 'aws-token-resource'

const words: Readonly<Record<Needed, string>> = {
  'tenant-id': 'a tenant id (GUID)',
  'client-id': 'a client id (GUID)',
  'aws-role-arn': 'the ARN of a role',
  'aws-token-resource': 'an application ID URI, or aws-identity: cluster',
}

function missingFaults(inputs: IdentityInputs, { entra, aws }: { entra: boolean; aws: boolean }): Fault[] {
  const names: Needed[] = [
    ...(entra ? (['tenant-id', 'client-id'] as const) : []),
    ...(aws ? (['aws-role-arn'] as const) : []),
    ...(aws && inputs['aws-identity'] === 'entra' ? (['aws-token-resource'] as const) : []),
  ]
  return names.filter((name) => inputs[name] === undefined).map((name) => missingFault(name, inputs))
}

/** The fault of an identity param that is needed and was not given. */
export function missingFault(name: Needed, inputs: IdentityInputs): Fault {
  return { param: name, got: 'nothing', expected: `${words[name]}, ${waysTo(name, inputs)}` }
}

/** What {@link checkIdentity} leaves out for a step that obtains no token and verifies one of others: the tenant whose keys it is verified by. */
export function verifierFaults(inputs: IdentityInputs, use: IdentityUse): Fault[] {
  return use.entra || inputs['tenant-id'] !== undefined ? [] : [missingFault('tenant-id', inputs)]
}

function waysTo(name: string, { identity }: IdentityInputs): string {
  const profile = identity ?? 'of the identity profile'
  return `by the param ${name} or by the key ${name} in the ConfigMap ${profile} of this namespace`
}

/** Roles, policies and region must be of the partition of what they are for. */
function placeFaults(inputs: IdentityInputs, places: readonly AwsPlace[]): Fault[] {
  const region = inputs['aws-region'] ?? places[0]?.region
  if (region === undefined) {
    const expected = `the region of the STS endpoint, such as eu-central-1, ${waysTo('aws-region', inputs)}`
    return [{ param: 'aws-region', got: 'nothing', expected }]
  }
  const wheres = places.map(({ partition, host }) => [partition, `where ${host} is`] as const)
  const own = partitionOf(region)?.name
  const needed = wheres.length > 0 || own === undefined ? wheres : [[own, `where the region ${region} is`] as const]
  const roles = (['aws-role-arn', 'aws-chain-role-arn'] as const).map((name) => {
    return { name, role: parseRoleArn(inputs[name] ?? '') }
  })
  return needed.flatMap(([partition, where]) => {
    const expected = `of the partition ${partition}, ${where}`
    return [
      ...(own === partition ? [] : [{ param: 'aws-region', got: region, expected: `a region ${expected}` }]),
      ...roles.flatMap(({ name, role }) =>
        role === undefined || role.partition === partition
          ? []
          : [{ param: name, got: role.arn, expected: `a role ${expected}` }],
      ),
    ]
  })
}

function chainFaults(inputs: IdentityInputs): Fault[] {
  const { 'aws-chain-role-arn': chain, 'aws-session-duration': duration, 'aws-role-arn': role } = inputs
  if (chain === undefined) return []
  return [
    ...(duration !== undefined && duration > longestChainedSeconds * 1000
      ? [
          {
            param: 'aws-session-duration',
            got: duration % 60_000 === 0 ? `${duration / 60_000}m` : `${duration / 1000}s`,
            expected:
              '1h at most with aws-chain-role-arn: AWS gives chained sessions no longer life, whatever the role allows',
          },
        ]
      : []),
    ...(chain === role
      ? [{ param: 'aws-chain-role-arn', got: chain, expected: 'another role than aws-role-arn' }]
      : []),
  ]
}
