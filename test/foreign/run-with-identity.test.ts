import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { answerOf, openBrokeredClients, type BrokeredClients, type Commanded } from './brokered.ts'
import { skipWithout, toolPath, type Tool } from './tools.ts'

// Clients that nobody here wrote are the command of the Task, and find nothing but what the broker serves.
const program = (name: string) => join(import.meta.dirname, 'programs', name)

let clients: BrokeredClients
beforeAll(async () => {
  clients = await openBrokeredClients()
})
afterAll(async () => await clients[Symbol.asyncDispose]())

/** A client that is a program of a language: of our own Node where there is no tool. */
type Client = readonly [name: string, tool: Tool | undefined, ...args: string[]]

const commandOf = ([, tool, ...args]: Client) => [tool === undefined ? process.execPath : toolPath(tool), ...args]

/** What the client got is what the sink was told of, no more was handed out than that, and the run was well. */
function expectRecorded(commanded: Commanded, entry: string | RegExp): void {
  const { ended, entries, handedOut } = commanded
  expect(ended.succeeded).toBe(true)
  expect(entries.length).toBeGreaterThan(0)
  for (const one of entries) expect(one.entry).toMatch(entry)
  const { sha256 } = answerOf(commanded)
  if (typeof sha256 === 'string') expect(handedOut).toContain(sha256)
}

describe('AWS, by the container credentials', () => {
  const onlyAws = { params: { clouds: ['aws'], 'azure-resources': [] } }
  const expected = { account: example.accountId, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }
  const arn = expect.stringMatching(/:assumed-role\/ci-push\/ci\.deploy-web-x7k2p$/)

  const more: Readonly<Record<string, object>> = {
    'the SDK for JavaScript': { arn, isLoggedIn: true },
    boto3: { arn, isLoggedIn: true, method: 'container-role' },
    'Terraform’s provider': { partition: 'aws', source: 'CredentialsEndpointProvider' },
  }

  test.for<Client>([
    ['the SDK for JavaScript', undefined, program('aws-container.ts')],
    ['boto3', 'python', program('boto3_container.py')],
    ['Terraform’s provider', 'terraform-login', 'aws'],
  ])('%s', async (client, context) => {
    if (client[1] !== undefined) skipWithout(context, client[1])
    const commanded = await clients.run(commandOf(client), onlyAws)
    expect(answerOf(commanded), commanded.stderr).toMatchObject({ ...expected, ...more[client[0]] })
    expectRecorded(commanded, /^AWS session arn:aws:sts::/)
  })

  test('the AWS CLI, and a session policy narrows what it may do', async (context) => {
    skipWithout(context, 'aws')
    const whoami = await clients.run([toolPath('aws'), 'sts', 'get-caller-identity', '--output', 'json'], onlyAws)
    expect(answerOf(whoami), whoami.stderr).toMatchObject({ Account: example.accountId, Arn: arn })
    const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }
    const narrow = { params: { ...onlyAws.params, 'aws-session-policy': JSON.stringify(policy) } }
    const password = await clients.run([toolPath('aws'), 'ecr', 'get-login-password'], narrow)
    expect([password.code, password.stdout]).toEqual([255, ''])
    expect(password.stderr).toMatch(/AccessDeniedException.*ecr:GetAuthorizationToken/)
    // The command's own exit code is the Task's.
    expect(password.ended.succeeded).toBe(false)
  })
})

describe('Azure, by the managed identity', () => {
  const manager = 'https://management.azure.com'
  const scope = 'https://vault.azure.net/.default'
  const resources = { params: { clouds: ['azure'], 'azure-resources': ['https://vault.azure.net', manager] } }

  test.for<Client>([
    ['@azure/identity, ManagedIdentityCredential', undefined, program('managed-identity.ts'), 'managed', scope],
    ['@azure/identity, DefaultAzureCredential', undefined, program('managed-identity.ts'), 'default', scope],
    ['azure-identity, ManagedIdentityCredential', 'python', program('managed_identity.py'), 'managed', scope],
    ['azure-identity, DefaultAzureCredential', 'python', program('managed_identity.py'), 'default', scope],
  ])('%s', async (client, context) => {
    if (client[1] !== undefined) skipWithout(context, client[1])
    const commanded = await clients.run(commandOf(client), resources)
    expect(answerOf(commanded), commanded.stderr).toEqual({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      expiresAt: expect.any(Number),
    })
    expectRecorded(commanded, 'Entra token for https://vault.azure.net')
    expect(commanded.entries.map(({ file }) => file)).toEqual(['Azure managed identity (App Service)'])
  })

  test('what asks as on a virtual machine: the SDKs without App Service’s variables', async (context) => {
    skipWithout(context, 'python')
    const script = `unset IDENTITY_ENDPOINT IDENTITY_HEADER; exec "$0" "$@"`
    const command = ['/bin/sh', '-c', script, toolPath('python'), program('managed_identity.py'), 'managed', scope]
    const commanded = await clients.run(command, resources)
    expect(answerOf(commanded), commanded.stderr).toHaveProperty('sha256')
    expectRecorded(commanded, 'Entra token for https://vault.azure.net')
    expect(commanded.entries.map(({ file }) => file)).toEqual(['Azure managed identity (IMDS)'])
  })

  test('an SDK says what a resource off the list is refused with, and nothing is handed out', async (context) => {
    skipWithout(context, 'python')
    const other = 'https://graph.microsoft.com/.default'
    const commanded = await clients.run(
      [toolPath('python'), program('managed_identity.py'), 'managed', other],
      resources,
    )
    expect(answerOf(commanded)).toEqual({ error: expect.stringContaining('graph.microsoft.com') })
    expect(commanded.entries).toEqual([])
  })

  test('az logs in with --identity, and acts in the subscription', async (context) => {
    skipWithout(context, 'az')
    const core = 'https://management.core.windows.net'
    const commanded = await clients.run(
      [toolPath('az'), 'login', '--identity', '--output', 'json'],
      { params: { clouds: ['azure'], 'azure-resources': [core] } },
      { AZURE_CONFIG_DIR: await mkdtemp(join(clients.folder, 'az-')), AZURE_CORE_COLLECT_TELEMETRY: 'false' },
    )
    expect(JSON.parse(commanded.stdout || '[]'), commanded.stderr).toMatchObject([
      { id: example.subscriptionId, tenantId: example.tenantId, user: { name: 'systemAssignedIdentity' } },
    ])
    expect(new Set(commanded.entries.map(({ entry }) => entry))).toEqual(new Set([`Entra token for ${core}`]))
  })

  // Its provider azurerm asks Microsoft Graph's token who it is, whatever it then does.
  test.for<readonly [provider: string, resources: readonly string[]]>([
    ['azurerm', ['https://graph.microsoft.com', manager]],
    ['azapi', [manager]],
  ])('Terraform’s %s, by ARM_USE_MSI and ids alone', async ([provider, asked], context) => {
    skipWithout(context, 'terraform-login')
    const params = { clouds: ['azure'], 'azure-resources': asked }
    const variables = { ARM_USE_MSI: 'true', ARM_CLIENT_ID: example.clientId, ARM_TENANT_ID: example.tenantId }
    const commanded = await clients.run([toolPath('terraform-login'), provider], { params }, variables)
    expect(answerOf(commanded), commanded.stderr).toEqual({
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      // Who is not told by expires_in when it ends would keep it for ever.
      expiresAt: expect.stringMatching(/^20/),
    })
    expectRecorded(commanded, /^Entra token for /)
    expect(commanded.entries.map(({ entry }) => entry)).toEqual(asked.map((one) => `Entra token for ${one}`))
  })
})
