import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { clusterCloud, subject, withRole } from '../push-image/identity-clouds.ts'
import { openFrontDoor } from '../push-image/front-door.ts'
import { only } from '../push-image/told.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example } from '../sandbox/example-cloud.ts'
import { appOf } from './broken-trust.ts'
import { acrPlace, checkTrust, standing, type Checked } from './trust-door.ts'

const outboundId = 'a1b2c3d4-0000-4000-8000-00000000beef'

/** Entra by a token that AWS gives for the role, and AWS by the cluster's own token. */
function outboundCloud(credentialSubject: string = example.roleArn, trusted = clusterCloud()): SandboxConfig {
  const mayAsk = { Effect: 'Allow', Action: 'sts:GetWebIdentityToken', Resource: '*' } as const
  const cloud = withRole(trusted, (role) => ({
    ...role,
    policies: [...role.policies, { Version: '2012-10-17', Statement: [mayAsk] }],
  }))
  const credential = {
    name: 'by-aws',
    issuer: `https://${outboundId}.tokens.sts.global.api.aws`,
    subject: credentialSubject,
    audiences: ['api://AzureADTokenExchange'] as const,
  }
  const withCredential = appOf(example.clientId, { federatedCredentials: [credential] }, cloud)
  return {
    ...withCredential,
    accounts: withCredential.accounts.map((account) => ({ ...account, outboundFederation: { id: outboundId } })),
  }
}

async function checkOutbound(cloud: SandboxConfig): Promise<Checked> {
  await using door = await openFrontDoor(cloud)
  const keys = { 'azure-identity': 'aws', 'aws-identity': 'cluster', 'aws-region': example.region }
  return await checkTrust(door, {
    params: { images: [acrPlace] },
    profile: { ...keys, 'aws-token-resource': undefined },
  })
}

test('Entra by AWS: the cluster’s token is shown to AWS alone, and all is well', async () => {
  const checked = await checkOutbound(outboundCloud())
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual([])
  expect(checked.verdict?.rows.filter(({ check }) => check === 'token')).toMatchObject([{ about: 'for AWS' }])
})

test('Entra by AWS: a credential for another role is the cause', async () => {
  const checked = await checkOutbound(outboundCloud(`${example.roleArn}-old`))
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual(['credential:entra-subject-mismatch'])
})

test('Entra by AWS: where AWS trusts nobody that is the cause, and Entra follows', async () => {
  const { accounts, ...rest } = outboundCloud()
  const checked = await checkOutbound({ ...rest, accounts: accounts.map((one) => ({ ...one, oidcProviders: [] })) })
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual(['session:aws-token-not-trusted'])
})

/** A pod that the webhook of AKS has changed, and a managed identity that only a binding lets in. */
async function checkBound(clientId: string): Promise<Checked & { readonly asked: readonly string[] }> {
  const cloud = appOf(example.clientId, { kind: 'managed-identity', federatedCredentials: [] })
  const binding = { issuer: example.issuer, tenantId: example.tenantId, clientId, subjects: [subject] }
  const other = { clientId: example.subscriptionId, displayName: 'other', kind: 'managed-identity' } as const
  const tenants = cloud.tenants.map((tenant) => ({ ...tenant, apps: [...tenant.apps, other] }))
  await using door = await openFrontDoor({ ...cloud, tenants, identityBindings: [binding] })
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-binding-'))
  try {
    const { namespace, serviceAccount } = example
    const token = door.sandbox.mintToken({ namespace, serviceAccount, audience: 'api://AKSIdentityBinding' })
    const { url = '', sniName = '', caPem = '' } = door.sandbox.aksTokenProxy ?? {}
    await writeFile(join(folder, 'token'), token)
    await writeFile(join(folder, 'ca.crt'), caPem)
    const extraEnv = {
      AZURE_FEDERATED_TOKEN_FILE: join(folder, 'token'),
      AZURE_KUBERNETES_TOKEN_PROXY: url,
      AZURE_KUBERNETES_SNI_NAME: sniName,
      AZURE_KUBERNETES_CA_FILE: join(folder, 'ca.crt'),
    }
    const profile = { 'azure-identity': 'identity-binding', 'aws-role-arn': undefined }
    const checked = await checkTrust(door, { params: { images: [acrPlace] }, profile, run: { extraEnv } })
    return { ...checked, asked: door.requests() }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

test('an identity binding: the token proxy of the cluster is asked, and no issuer is looked at', async () => {
  const checked = await checkBound(example.clientId)
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual([])
  expect(checked.verdict?.rows.some(({ check }) => check === 'issuer')).toBe(false)
  expect(only(checked.asked, /^entra POST/)).toEqual([])
})

test('an identity binding of another identity is the cause', async () => {
  const checked = await checkBound(example.subscriptionId)
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual(['credential:aks-binding-not-authorized'])
  expect(checked.step.stderr).toContain('az aks identity-binding create')
})
