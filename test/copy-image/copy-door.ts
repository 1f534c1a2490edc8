import { expect } from 'vitest'
import type { AwsAccount, SandboxConfig, Tenant } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { SandboxOptions } from '../sandbox/sandbox.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { openFrontDoor, type FrontDoor, type FrontDoorResult, type Variation } from '../push-image/front-door.ts'

/** Beside the example: a tenant whose app may only pull, and registries and repositories to copy between. */
export const places = {
  contoso: `${example.acrHost}/shop/web`,
  contosoCopy: `${example.acrHost}/shop/copy`,
  /** In another tenant; the reader there may pull. */
  fabrikam: 'fabrikam.azurecr.io/team/app',
  /** Open to all. */
  open: 'openbase.azurecr.io/base/tool',
  /** In a registry where nobody has a role. */
  locked: 'nobodys.azurecr.io/shop/web',
  ecr: `${example.ecrHost}/shop/web`,
  ecrCopy: `${example.ecrHost}/shop/copy`,
  virginia: `${example.ecrHost.replace(example.region, 'us-east-1')}/shop/web`,
} as const

export const reader = {
  tenantId: '0d9c8b7a-1111-4222-8333-9a8b7c6d5e4f',
  clientId: '2c3d4e5f-6666-4777-8888-0a1b2c3d4e5f',
  principalId: '3d4e5f60-7777-4888-9999-1b2c3d4e5f60',
} as const

/** The profile of the reader: no more than who it is. */
export const readerProfile = { 'tenant-id': reader.tenantId, 'client-id': reader.clientId } as const

/** The cloud between whose registries images are copied; `mounting` as the account's setting. */
export function copyCloud(mounting: 'ENABLED' | 'DISABLED' = 'ENABLED'): SandboxConfig {
  const cloud = exampleCloud()
  const [account] = cloud.accounts
  const [acr] = cloud.acrRegistries
  if (account === undefined || acr === undefined) throw new Error('the example has changed')
  const { tenantId, principalId } = reader
  return {
    ...cloud,
    tenants: [...cloud.tenants, readerTenant],
    accounts: [withRepositories(account, mounting)],
    acrRegistries: [
      acr,
      { ...acr, loginServer: 'nobodys.azurecr.io', roleAssignments: [] },
      { ...acr, loginServer: 'openbase.azurecr.io', anonymousPull: true },
      {
        loginServer: 'fabrikam.azurecr.io',
        tenantId,
        roleAssignments: [
          { principalId, role: 'AcrPull' },
          { principalId: writerPrincipal, role: 'AcrPush' },
        ],
      },
    ],
  }
}

const writerPrincipal = '4e5f6071-8888-4999-aaaa-2c3d4e5f6071'

/** Who puts images into the reader's registry, before they are copied from there. */
export const writerProfile = {
  'tenant-id': reader.tenantId,
  'client-id': '5f607182-9999-4aaa-bbbb-3d4e5f607182',
} as const

const trust = {
  name: 'tekton-ci-builder',
  issuer: example.issuer,
  subject: `system:serviceaccount:${example.namespace}:${example.serviceAccount}`,
  audiences: ['api://AzureADTokenExchange'],
} as const

const readerTenant: Tenant = {
  id: reader.tenantId,
  domains: ['fabrikam.onmicrosoft.com'],
  apps: [
    {
      clientId: reader.clientId,
      displayName: 'reader',
      servicePrincipalId: reader.principalId,
      federatedCredentials: [trust],
    },
    {
      clientId: writerProfile['client-id'],
      displayName: 'writer',
      servicePrincipalId: writerPrincipal,
      federatedCredentials: [trust],
    },
  ],
}

function withRepositories(account: AwsAccount, mounting: 'ENABLED' | 'DISABLED'): AwsAccount {
  const everything = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'ecr:*', Resource: '*' }],
  } as const
  const { region } = example
  return {
    ...account,
    roles: account.roles.map((role) => ({ ...role, policies: [everything] })),
    repositories: [
      ...account.repositories,
      { region, name: 'shop/copy' },
      { region: 'us-east-1', name: 'shop/web' },
      { region, name: 'shop/fixed', imageTagMutability: 'IMMUTABLE' },
    ],
    accountSettings: { BLOB_MOUNTING: mounting },
  }
}

/** A door to a cloud that images can be copied in. */
export async function openCopyDoor(config = copyCloud(), options: SandboxOptions = {}): Promise<FrontDoor> {
  return await openFrontDoor(config, options)
}

/** Runs `copy-image`. */
export async function copy(
  door: FrontDoor,
  from: string,
  to: string,
  variation: Variation = {},
): Promise<FrontDoorResult> {
  return await door.call({ ...variation, task: 'copy-image', params: { from, to, ...variation.params } })
}

/** Puts an image on a registry, whatever was asked meanwhile is forgotten. Gives its digest. */
export async function seed(door: FrontDoor, to: string, folder = door.source): Promise<string> {
  const profile = to.startsWith('fabrikam') ? writerProfile : {}
  const result = await door.push(to, { source: folder, profile })
  expect(result.step.status, result.step.stderr).toBe(0)
  door.requests()
  return result.results['IMAGE_DIGEST'] ?? ''
}

/** What a repository holds: by its name, or by a reference into it. */
export function at(door: FrontDoor, reference: string) {
  const [, host = '', repository = ''] = /^([^/]+)\/([^:@]+)/.exec(reference) ?? []
  return repositoryState(door.sandbox.world, host, repository)
}

/** The tag of a reference. */
export function tagOf(reference: string): string {
  return /:([^/:]+)$/.exec(reference)?.[1] ?? ''
}

type Named = { readonly digest: string }
type OwnManifest = {
  readonly manifests?: readonly Named[]
  readonly config?: Named
  readonly layers?: readonly Named[]
}

/** Throws unless a manifest and everything below it is in the repository. */
export function expectComplete(door: FrontDoor, reference: string, name: string): void {
  const repository = at(door, reference)
  const stored = repository.manifest(name)
  expect(stored, `${name} in ${reference}`).toBeDefined()
  const manifest: OwnManifest = JSON.parse(stored?.bytes.toString() ?? '{}')
  for (const child of manifest.manifests ?? []) expectComplete(door, reference, child.digest)
  const blobs = [manifest.config, ...(manifest.layers ?? [])].flatMap((blob) => blob ?? [])
  expect(blobs.filter(({ digest }) => !repository.hasBlob(digest))).toEqual([])
}
