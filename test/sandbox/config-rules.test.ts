import { describe, expect, test } from 'vitest'
import type { EntraApp, SandboxConfig } from './config.ts'
import { refuseImpossibleState } from './config-rules.ts'
import { nothing } from './echo.ts'
import { fabrikamCloud } from './entra/fabrikam.ts'

const app = { clientId: 'c', displayName: 'app' } as const
const credential = { name: 'one', issuer: 'https://x.example', subject: 's', audiences: ['a'] as const }

const withApp = (more: Partial<EntraApp>): SandboxConfig => ({
  ...nothing,
  tenants: [
    {
      id: 't',
      apps: [
        { ...app, clientId: 'first' },
        { ...app, ...more },
      ],
    },
  ],
})
const withCredential = (more: Partial<typeof credential>): SandboxConfig =>
  withApp({ federatedCredentials: [credential, { ...credential, name: 'two', subject: 'other', ...more }] })

const subscription = { id: 's', displayName: 's', tenantId: 't', resourceGroups: [], roleAssignments: [] }
const tenants = [{ id: 't', apps: [] }]

describe('a state that no cloud would hold', () => {
  const at = 'tenants[0].apps[1].federatedCredentials'

  test.each<[string, SandboxConfig]>([
    ['tenants: two have the id t', { ...nothing, tenants: [...tenants, { id: 'T', apps: [] }] }],
    [`${at}[1].name: the name two! is not allowed`, withCredential({ name: 'two!' })],
    [`${at}[1].name: the name -two is not allowed`, withCredential({ name: '-two' })],
    [`${at}[1].name: the name ${'x'.repeat(121)} is not allowed`, withCredential({ name: 'x'.repeat(121) })],
    [`${at}[1].issuer: empty or longer than 600`, withCredential({ issuer: `https://${'x'.repeat(593)}` })],
    [`${at}[1].subject: empty or longer than 600`, withCredential({ subject: '' })],
    [`${at}[1].audiences[0]: empty or longer than 600`, withCredential({ audiences: ['x'.repeat(601)] as never })],
    [`${at}[1].audiences: exactly one is allowed`, withCredential({ audiences: ['a', 'b'] as never })],
    [`${at}: two federated credentials for https://x.example s`, withCredential({ subject: 's' })],
    [`${at}: two federated credentials named one`, withCredential({ name: 'one' })],
    [
      'tenants[0].apps[1].redirectUris: a managed identity (app) cannot have it',
      withApp({ kind: 'managed-identity', redirectUris: [] }),
    ],
    ['tenants[0].apps[1].homeTenantId: that tenant has no multi-tenant app c', withApp({ homeTenantId: 'elsewhere' })],
    [
      'tenants[0].users: two people are called a@x',
      {
        ...nothing,
        tenants: [
          {
            id: 't',
            apps: [],
            users: [
              { oid: '1', upn: 'a@x' },
              { oid: '2', upn: 'A@x' },
            ],
          },
        ],
      },
    ],
    ['subscriptions[0].tenantId: there is no tenant t', { ...nothing, subscriptions: [subscription] }],
    [
      'subscriptions[0].resourceGroups[0].registries: the tenant has no registry x.azurecr.io',
      {
        ...nothing,
        tenants,
        subscriptions: [
          { ...subscription, resourceGroups: [{ name: 'g', location: 'l', registries: ['x.azurecr.io'] }] },
        ],
      },
    ],
    [
      'identityBindings[0].clientId: the tenant has no managed identity c',
      { ...withApp({}), identityBindings: [{ issuer: 'i', tenantId: 't', clientId: 'c', subjects: [] }] },
    ],
  ])('is refused with its path (%s)', (fault, state) => {
    expect(() => refuseImpossibleState(state)).toThrow(`\n- ${fault}`)
  })

  test('has 20 federated credentials of up to 600 characters, and not 21', () => {
    const credentials = (count: number): SandboxConfig =>
      withApp({
        federatedCredentials: [...Array(count).keys()].map((n) => ({
          ...credential,
          name: `fic-${n}`,
          subject: `s${n}`.padEnd(600, 'x'),
        })),
      })
    expect(() => refuseImpossibleState(credentials(20))).not.toThrow()
    expect(() => refuseImpossibleState(credentials(21))).toThrow(`${at}: more than 20 federated credentials`)
  })

  test('is not what the tests use', () => {
    expect(() => refuseImpossibleState(fabrikamCloud())).not.toThrow()
  })

  test.each<[string, SandboxConfig]>([
    [
      'acrRegistries[0]: registry no.example: is no login server of ACR',
      { ...nothing, tenants, acrRegistries: [{ loginServer: 'no.example', tenantId: 't', roleAssignments: [] }] },
    ],
    [
      "accounts[1]: account 210987654321: the outbound federation's id NO is no host label",
      {
        ...nothing,
        accounts: [
          { id: '123456789012', oidcProviders: [], roles: [], repositories: [] },
          { id: '210987654321', oidcProviders: [], roles: [], repositories: [], outboundFederation: { id: 'NO' } },
        ],
      },
    ],
  ])('is refused with the place of the registry or account (%s)', (fault, state) => {
    expect(() => refuseImpossibleState(state)).toThrow(`\n- ${fault}`)
  })
})
