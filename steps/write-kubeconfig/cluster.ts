import { requireAllowedAccounts } from '../lib/aws/allowed-accounts.ts'
import { partitionOf } from '../lib/aws/partitions.ts'
import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import type { Fault } from '../lib/core/errors.ts'
import { certificatesOf } from '../lib/http/trust.ts'

/** As whom an EKS cluster is entered. */
export type EksIdentity = { readonly role: RoleArn; readonly region: string; readonly tokenResource: string }

/** The inputs that belong together; undefined is what was not given, or faulty by itself. */
export type ClusterInputs = {
  readonly 'cluster-type'?: 'aks' | 'eks' | undefined
  readonly 'cluster-ca'?: string | undefined
  readonly identity?: string | undefined
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-region'?: string | undefined
  readonly 'aws-token-resource'?: string | undefined
}

const needed = ['aws-role-arn', 'aws-region', 'aws-token-resource'] as const

/** What is wrong with the inputs taken together. */
export function checkCluster(inputs: ClusterInputs): readonly Fault[] {
  return [...caFaults(inputs), ...(inputs['cluster-type'] === 'eks' ? eksFaults(inputs) : [])]
}

/** The AWS side of inputs that passed {@link checkCluster}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function eksIdentity(inputs: ClusterInputs & { readonly 'allowed-accounts': readonly string[] }): EksIdentity {
  const { 'aws-region': region, 'aws-token-resource': tokenResource } = inputs
  const role = parseRoleArn(inputs['aws-role-arn'] ?? '')
  if (role === undefined || region === undefined || tokenResource === undefined) {
    throw new TypeError('an EKS cluster without a role passed the checks')
  }
  requireAllowedAccounts([['role of aws-role-arn', role.accountId]], inputs['allowed-accounts'])
  return { role, region, tokenResource }
}

function eksFaults(inputs: ClusterInputs): Fault[] {
  const absent = needed.filter((name) => inputs[name] === undefined)
  const role = parseRoleArn(inputs['aws-role-arn'] ?? '')
  const region = inputs['aws-region']
  const isElsewhere = role !== undefined && region !== undefined && partitionOf(region)?.name !== role.partition
  const expected = `a region of the partition ${role?.partition}, where ${role?.arn} is`
  return [
    ...absent.map((name) => missing(name, inputs)),
    ...(isElsewhere ? [{ param: 'aws-region', got: region, expected }] : []),
  ]
}

function caFaults({ 'cluster-ca': text }: ClusterInputs): Fault[] {
  if (text === undefined) return []
  const isBase64 = /^[A-Za-z0-9+/]+={0,2}$/.test(text)
  if (isBase64 && certificatesOf(Buffer.from(text, 'base64').toString('utf8')).length > 0) return []
  const expected = 'PEM certificates in Base64, as certificate-authority-data of a kubeconfig has them'
  return [{ param: 'cluster-ca', got: text.slice(0, 40), expected }]
}

function missing(param: string, { identity }: ClusterInputs): Fault {
  const expected = `a value for EKS, by the param ${param} or by the key ${param} in the ConfigMap ${identity ?? 'of the identity profile'}`
  return { param, got: 'nothing', expected }
}
