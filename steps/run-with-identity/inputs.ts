import type { Fault } from '../lib/core/errors.ts'
import { guid } from '../lib/core/guid.ts'
import { checkCluster, clusterUses, type ClusterInputs, type ClusterPlace } from '../lib/federation/cluster-inputs.ts'
import { eachOnce } from '../lib/federation/entry-identity.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from '../lib/federation/identity-inputs.ts'
import type { Cluster } from '../lib/federation/kubernetes-token.ts'
import { checkRegistries, registriesUse } from '../lib/federation/registry-entries.ts'

/** The inputs that are looked at together; undefined is what was not given, or faulty by itself. */
export type BrokerInputs = IdentityInputs &
  KubeInputs & {
    readonly registries?: readonly string[] | undefined
    readonly clouds?: readonly string[] | undefined
    readonly 'azure-resources'?: readonly string[] | undefined
    readonly 'require-roles'?: readonly string[] | undefined
    readonly 'access-resource'?: string | undefined
    readonly 'access-api-client-id'?: string | undefined
  }

type KubeInputs = ClusterInputs & { readonly [N in keyof ClusterPlace]?: ClusterPlace[N] | undefined }

/** What of the clouds is handed out. */
export type BrokeredClouds = { readonly azure: boolean; readonly aws: boolean }

/** What is handed out: as `clouds` says, else what there is somebody and something for. */
export function brokeredClouds(inputs: BrokerInputs): BrokeredClouds {
  const { clouds = [], 'azure-resources': resources = [] } = inputs
  // `none` is neither of them: files alone.
  if (clouds.length > 0) return { azure: clouds.includes('azure'), aws: clouds.includes('aws') }
  const hasRole = inputs['aws-role-arn'] !== undefined && inputs['aws-region'] !== undefined
  return { azure: resources.length > 0, aws: hasRole }
}

/** What the identity is used for: tokens of Entra also where only the roles are verified. */
export function brokerUse(inputs: BrokerInputs): IdentityUse {
  const { azure, aws } = brokeredClouds(inputs)
  const isVerified = (inputs['require-roles'] ?? []).length > 0
  const type = inputs['cluster-type']
  const uses = [...(type === undefined ? [] : [clusterUses[type]]), registriesUse(inputs)]
  return {
    entra: azure || isVerified || uses.some((use) => use.entra),
    aws: aws || uses.some((use) => use.aws),
    places: uses.flatMap(({ places }) => places),
  }
}

/** The cluster that the command gets a kubeconfig for; undefined where none is asked for. */
export function keptCluster(inputs: KubeInputs): (Cluster & ClusterPlace) | undefined {
  const { 'cluster-type': type, 'cluster-name': name, 'cluster-server': server } = inputs
  if (type === undefined || name === undefined || server === undefined) return undefined
  return { ...inputs, 'cluster-type': type, 'cluster-name': name, 'cluster-server': server }
}

/** The client id by which v2 tokens name the API of `require-roles`. */
export function accessApiClientId(inputs: BrokerInputs): string | undefined {
  const { 'access-resource': resource = '', 'access-api-client-id': id } = inputs
  return id ?? (guid.test(resource) ? resource : undefined)
}

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: BrokerInputs): readonly Fault[] {
  const hasRegistries = (inputs.registries ?? []).length > 0
  return eachOnce([
    ...cloudFaults(inputs),
    ...accessFaults(inputs),
    ...clusterFaults(inputs),
    ...(hasRegistries ? checkRegistries(inputs) : []),
    ...checkIdentity(inputs, brokerUse(inputs)),
  ])
}

/** Where the cluster is may stand in the profile for other Tasks; that a kubeconfig is wanted is said by the run alone. */
function clusterFaults(inputs: BrokerInputs): readonly Fault[] {
  if (inputs['cluster-type'] === undefined) return []
  const missing = (['cluster-name', 'cluster-server'] as const).filter((name) => inputs[name] === undefined)
  const expected = 'it beside cluster-type, by the param or by the key of the profile'
  return [...missing.map((param) => ({ param, got: 'nothing', expected })), ...checkCluster(inputs)]
}

function cloudFaults(inputs: BrokerInputs): Fault[] {
  const { clouds, 'azure-resources': resources } = inputs
  if (clouds === undefined || resources === undefined) return []
  const { azure, aws } = brokeredClouds(inputs)
  const hasFiles = (inputs.registries ?? []).length > 0 || inputs['cluster-type'] !== undefined
  if (clouds.includes('none') && clouds.length > 1) {
    return [{ param: 'clouds', got: clouds.join(' '), expected: 'none alone, or the clouds' }]
  }
  if (!azure && !aws && !hasFiles) {
    const expected =
      'something to hand out: azure-resources for Azure; aws-role-arn and aws-region for AWS; registries; cluster-type'
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
