import { GetWebIdentityTokenCommand } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { throughProxy } from '../through-proxy.ts'
import { account, role, roleArn, startFront } from './test-front.ts'

const ID = 'a103a2cc-b461-473d-84fe-6c4f6d45af88'
const ISSUER = `https://${ID}.tokens.sts.global.api.aws`
const ENABLED = account({ outboundFederation: { id: ID }, roles: [role('first', { path: '/ci/' })] })

const TRUSTED = { iss: ISSUER, aud: 'api://AzureADTokenExchange', sub: roleArn('ci/first') }
const TENANT = '6f1c9f4e-2b7a-4c5d-9e8f-0a1b2c3d4e5f'
const CLIENT = '1f2e3d4c-5b6a-4978-8796-a5b4c3d2e1f0'
const RESOURCE = 'c0ffee00-1111-4222-8333-444455556666'

const entraTenant = {
  id: TENANT,
  apps: [
    {
      clientId: CLIENT,
      displayName: 'from-aws',
      servicePrincipalId: '7a6b5c4d-3e2f-4a1b-8c9d-0e1f2a3b4c5d',
      federatedCredentials: [
        { name: 'aws-role', issuer: TRUSTED.iss, subject: TRUSTED.sub, audiences: [TRUSTED.aud] as [string] },
      ],
    },
    {
      clientId: RESOURCE,
      displayName: 'api',
      servicePrincipalId: 'dddddddd-2222-4333-8444-555566667777',
      identifierUris: ['api://thing'],
    },
  ],
}

test('Entra takes the token as a federated credential: from AWS to Azure without a stored secret', async () => {
  await using front = await startFront([ENABLED], { tenants: [entraTenant] })
  const keys = await front.assume({ RoleArn: roleArn('ci/first') })
  const command = new GetWebIdentityTokenCommand({ Audience: [TRUSTED.aud], SigningAlgorithm: 'RS256' })
  const { WebIdentityToken = '' } = await front.sts(keys).send(command)
  const form = new URLSearchParams({
    client_id: CLIENT,
    scope: 'api://thing/.default',
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: WebIdentityToken,
  })
  const answer = await throughProxy(front.sandbox, {
    url: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  })
  expect({ status: answer.status, body: JSON.parse(answer.body) as unknown }).toMatchObject({
    status: 200,
    body: { access_token: expect.any(String) },
  })
})
