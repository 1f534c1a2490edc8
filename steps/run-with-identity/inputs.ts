import type { Fault } from '../lib/core/errors.ts'
import { guid } from '../lib/core/guid.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from '../lib/federation/identity-inputs.ts'

/** The inputs that are looked at together; undefined is what was not given, or faulty by itself. */
export type BrokerInputs = IdentityInputs & {
  readonly clouds?: readonly string[] | undefined
  readonly 'azure-resources'?: readonly string[] | undefined
  readonly 'require-roles'?: readonly string[] | undefined
  readonly 'access-resource'?: string | undefined
  readonly 'access-api-client-id'?: string | undefined
}

/** What of the clouds is handed out. */
export type BrokeredClouds = { readonly azure: boolean; readonly aws: boolean }

/** What is handed out: as `clouds` says, else what there is somebody and something for. */
export function brokeredClouds(inputs: BrokerInputs): BrokeredClouds {
  const { clouds = [], 'azure-resources': resources = [] } = inputs
  if (clouds.length > 0) return { azure: clouds.includes('azure'), aws: clouds.includes('aws') }
  const hasRole = inputs['aws-role-arn'] !== undefined && inputs['aws-region'] !== undefined
  return { azure: resources.length > 0, aws: hasRole }
}

/** What the identity is used for: tokens of Entra also where only the roles are verified. */
export function brokerUse(inputs: BrokerInputs): IdentityUse {
  const { azure, aws } = brokeredClouds(inputs)
  const isVerified = (inputs['require-roles'] ?? []).length > 0
  return { entra: azure || isVerified, aws, places: [] }
}

/** The client id by which v2 tokens name the API of `require-roles`. */
export function accessApiClientId(inputs: BrokerInputs): string | undefined {
  const { 'access-resource': resource = '', 'access-api-client-id': id } = inputs
  return id ?? (guid.test(resource) ? resource : undefined)
}

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: BrokerInputs): readonly Fault[] {
  return [...cloudFaults(inputs), ...accessFaults(inputs), ...checkIdentity(inputs, brokerUse(inputs))]
}

function cloudFaults(inputs: BrokerInputs): Fault[] {
  const { clouds, 'azure-resources': resources } = inputs
  if (clouds === undefined || resources === undefined) return []
  const { azure, aws } = brokeredClouds(inputs)
  if (!azure && !aws) {
    const expected = 'something to hand out: azure-resources for Azure; aws-role-arn and aws-region for AWS'
    return [{ param: 'clouds', got: 'nothing', expected }]
  }
  if (azure && resources.length === 0) {
    const expected = 'the Entra resources that the command may have tokens for, with azure in clouds'
    return [{ param: 'azure-resources', got: 'nothing', expected }]
  }
  return []
}

function accessFaults(inputs: BrokerInputs): Fault[] {
  const { 'require-roles': roles = [], 'access-resource': resource } = inputs
  if (roles.length === 0) return []
  if (resource === undefined) {
    const expected = 'the API whose roles require-roles names, by the param or by the key of the profile'
    return [{ param: 'access-resource', got: 'nothing', expected }]
  }
  if (accessApiClientId(inputs) !== undefined) return []
  const expected = `the client id of the API ${resource}, by the param or by the key of the profile: v2 tokens name it so`
  return [{ param: 'access-api-client-id', got: 'nothing', expected }]
}
