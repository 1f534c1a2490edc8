import { Agent } from 'node:https'
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { closeWithoutCrashes } from './close-without-crashes.ts'
import type { SandboxConfig } from './config.ts'
import { askToken, contoso, ids } from './entra/contoso.ts'
import { startSandbox } from './sandbox.ts'
import type { Sandbox } from './sandbox.ts'
import { throughProxy } from './through-proxy.ts'

const account = '111122223333'
const region = 'eu-central-1'
const issuer = `sts.windows.net/${ids.tenant}/`
const acr = 'contoso.azurecr.io'

const state: SandboxConfig = {
  ...contoso,
  accounts: [
    {
      id: account,
      oidcProviders: [{ url: `https://${issuer}`, clientIds: ['api://public'] }],
      roles: [
        {
          name: 'push',
          trustPolicy: {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: {
                  StringEquals: { [`${issuer}:aud`]: 'api://public', [`${issuer}:sub`]: ids.builderPrincipal },
                },
              },
            ],
          },
          policies: [
            {
              Version: '2012-10-17',
              Statement: [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' }],
            },
          ],
        },
      ],
      repositories: [],
    },
  ],
  acrRegistries: [
    {
      loginServer: acr,
      tenantId: ids.tenant,
      roleAssignments: [{ principalId: ids.builderPrincipal, role: 'AcrPush' }],
    },
  ],
}

let sandbox: Sandbox
beforeEach(async () => {
  sandbox = await startSandbox(state)
})
afterEach(() => closeWithoutCrashes(sandbox))

async function entraToken(scope: string): Promise<string> {
  return JSON.parse((await askToken(sandbox, { form: { scope } })).body).access_token
}

/** A client of the vendor's, with nothing of this project but the way out. */
function requestHandler(): NodeHttpHandler {
  return new NodeHttpHandler({ httpsAgent: new Agent({ proxyEnv: sandbox.environment(), ca: sandbox.caPem }) })
}

function expectNoSecretInJournal(): void {
  const journal = JSON.stringify(sandbox.journal.entries)
  expect([...sandbox.minted.all].filter((secret) => journal.includes(secret))).toEqual([])
}

test('a projected token leads through Entra and STS to an ECR password, and no secret into the journal', async () => {
  const sts = new STSClient({ region, requestHandler: requestHandler() })
  const { Credentials } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: `arn:aws:iam::${account}:role/push`,
      RoleSessionName: 'whole',
      WebIdentityToken: await entraToken('api://public/.default'),
    }),
  )
  const credentials = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  }
  const ecr = new ECRClient({ region, credentials, requestHandler: requestHandler() })
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand())
  const basic = authorizationData?.[0]?.authorizationToken ?? ''
  const url = `https://${account}.dkr.ecr.${region}.amazonaws.com/v2/`
  expect((await throughProxy(sandbox, { url, headers: { authorization: `Basic ${basic}` } })).status).toBe(200)
  expect((await throughProxy(sandbox, { url })).status).toBe(401)
  expectNoSecretInJournal()
})

test('a projected token leads through Entra to an ACR refresh token, and no secret into the journal', async () => {
  const exchange = async (token: string) =>
    throughProxy(sandbox, {
      url: `https://${acr}/oauth2/exchange`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'access_token',
        service: acr,
        tenant: ids.tenant,
        access_token: token,
      }).toString(),
    })
  const answer = await exchange(await entraToken('https://containerregistry.azure.net/.default'))
  expect(answer.status).toBe(200)
  expect(sandbox.minted.all).toContain(JSON.parse(answer.body).refresh_token)
  expect((await exchange(await entraToken('https://vault.azure.net/.default'))).status).toBe(401)
  expectNoSecretInJournal()
})
