import { describe, expect, test } from 'vitest'
import type { EntraApp, SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { cannedBody } from './entra-answers.ts'
import { acrImage, ecrImage, openFrontDoor } from './front-door.ts'
import { expectEnd, expectNothingPushed, only, told } from './told.ts'

const partnerTenant = '0d9c8b7a-1111-4222-8333-0123456789ab'
const principalThere = '0d9c8b7a-1111-4222-8333-0123456789ac'
const strangerTenant = '0d9c8b7a-1111-4222-8333-0123456789ad'

/** The builder, changed. */
function withBuilder(change: Partial<EntraApp>, cloud = exampleCloud()): SandboxConfig {
  const changed = (app: EntraApp): EntraApp => (app.clientId === example.clientId ? { ...app, ...change } : app)
  return { ...cloud, tenants: cloud.tenants.map((tenant) => ({ ...tenant, apps: tenant.apps.map(changed) })) }
}

/** The builder is an app of several tenants, with a service principal in a partner's, to which the registry belongs. */
function partnerCloud(more: Partial<EntraApp> = {}, multiTenant = true): SandboxConfig {
  const cloud = withBuilder({ multiTenant })
  const guest: EntraApp = {
    clientId: example.clientId,
    displayName: 'ci-builder',
    servicePrincipalId: principalThere,
    homeTenantId: example.tenantId,
    ...more,
  }
  return {
    ...cloud,
    tenants: [
      ...cloud.tenants,
      { id: partnerTenant, apps: multiTenant ? [guest] : [] },
      { id: strangerTenant, apps: [] },
    ],
    acrRegistries: [
      {
        loginServer: example.acrHost,
        tenantId: partnerTenant,
        roleAssignments: [{ principalId: principalThere, role: 'AcrPush' }],
      },
    ],
    subscriptions: [],
  }
}

const there = { 'tenant-id': partnerTenant }

describe('an app of several tenants', () => {
  test('pushes to a registry of the partner’s tenant, on the trust of its own, as its principal there', async () => {
    await using door = await openFrontDoor(partnerCloud())
    const { step, record } = await door.push(acrImage, { profile: there })
    expect(step.status, step.stderr).toBe(0)
    expect(record.data.identity).toMatchObject({ tenant: partnerTenant, objectId: principalThere })
    const asked = only(door.requests(), /^entra POST/)
    expect(asked).toEqual([`entra POST /${partnerTenant}/oauth2/v2.0/token 200`])
  })

  test('is nobody in the partner’s registry by a token of its own tenant, and pushes nothing', async () => {
    await using door = await openFrontDoor(partnerCloud())
    const refused = await door.push(acrImage)
    expect(refused.succeeded).toBe(false)
    expectNothingPushed(door)
  })

  test.each([
    ['that nobody there has consented to', partnerCloud(), strangerTenant],
    ['of one tenant', partnerCloud({}, false), partnerTenant],
  ])('%s is not known in the other tenant: the address for the consent is named', async (_, cloud, tenant) => {
    await using door = await openFrontDoor(cloud)
    const refused = await door.push(acrImage, { profile: { 'tenant-id': tenant } })
    expectEnd(refused, 'ENTRA_CLIENT_UNKNOWN', 77)
    expect(told(refused.step.stderr, 'remedy').join('\n')).toContain(
      `https://login.microsoftonline.com/${tenant}/adminconsent?client_id=${example.clientId}`,
    )
    expectNothingPushed(door)
  })

  test('without its service principal there is told how it is made, or consented to', async () => {
    const { servicePrincipalId: _, ...none } = { servicePrincipalId: '' }
    const cloud = partnerCloud()
    const tenants = cloud.tenants.map((tenant) => ({
      ...tenant,
      apps: tenant.apps.map((app) => {
        if (tenant.id !== partnerTenant) return app
        const { servicePrincipalId: gone, ...rest } = app
        return gone === undefined ? app : { ...rest, ...none }
      }),
    }))
    await using door = await openFrontDoor({ ...cloud, tenants, acrRegistries: [] })
    const refused = await door.push(acrImage, { profile: there })
    expectEnd(refused, 'ENTRA_SERVICE_PRINCIPAL_MISSING', 77)
    expect(told(refused.step.stderr, 'remedy').join('\n')).toMatch(/az ad sp create[\s\S]*adminconsent\?client_id=/)
  })

  test.each([65001, 650057])('AADSTS%i names the address where an administrator consents', async (aadsts) => {
    await using door = await openFrontDoor(partnerCloud())
    const body = cannedBody(aadsts, 'invalid_grant')
    const fault = { kind: 'status', status: 400, contentType: 'application/json', body } as const
    door.sandbox.faults.on({ standIn: 'entra', method: 'POST', fault })
    const refused = await door.push(acrImage, { profile: there })
    expectEnd(refused, 'ENTRA_CONSENT_MISSING', 77)
    expect(told(refused.step.stderr, 'remedy').join('\n')).toContain(
      `https://login.microsoftonline.com/${partnerTenant}/adminconsent?client_id=${example.clientId}`,
    )
    expectNothingPushed(door)
  })
})

describe('a user-assigned managed identity with a federated credential', () => {
  const resourceId =
    '/subscriptions/5b6c7d8e-1a2b-4c3d-8e4f-6a7b8c9d0e1f/resourcegroups/ci/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ci-builder'
  const managed = { kind: 'managed-identity', resourceId } as const

  test.each([
    ['ACR', acrImage],
    ['ECR', ecrImage],
  ])('pushes to %s by the pod’s token', async (_, image) => {
    await using door = await openFrontDoor(withBuilder(managed))
    const { step, record } = await door.push(image)
    expect(step.status, step.stderr).toBe(0)
    expect(record.data.identity).toMatchObject({ clientId: example.clientId, objectId: example.principalId })
  })

  test('without a credential for this pod, names the command that gives it one', async () => {
    await using door = await openFrontDoor(withBuilder({ ...managed, federatedCredentials: [] }))
    const refused = await door.push(acrImage)
    expectEnd(refused, 'ENTRA_NO_FEDERATED_CREDENTIAL', 77)
    expect(told(refused.step.stderr, 'remedy').join('\n')).toMatch(
      /az identity federated-credential create --name tekton-ci-builder[\s\S]*--subject 'system:serviceaccount:ci:builder'/,
    )
    expectNothingPushed(door)
  })
})
