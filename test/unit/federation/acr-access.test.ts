import { expect, test } from 'vitest'
import { decodeToken } from '../../../steps/lib/core/jwt.ts'
import { acrAccess } from '../../../steps/lib/federation/acr-access.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { openFederated } from '../aws/federated.ts'

const regional = 'contoso.westeurope.geo.azurecr.io'
const replicas = { replicas: ['westeurope', 'eastus'], regionalEndpoints: true }
const { repository, acrHost } = example

const accessOf = (bearer: string): unknown => decodeToken(bearer.replace('Bearer ', ''))?.claims['access']

test('a regional endpoint makes its own tokens: the registry’s global host is never asked', async () => {
  await using cloud = await openFederated({ acr: replicas })
  const authorization = await acrAccess(cloud.federation, { registry: regional, repository }).authorization()
  const url = new URL(`https://${regional}/v2/${repository}/blobs/uploads/`)
  const answer = await cloud.federation.services.http.send({ method: 'POST', url, authorization })
  expect(answer.status).toBe(202)
  const hosts = cloud.hosts()
  expect(hosts).toContain(regional)
  expect(hosts).not.toContain(acrHost)
})

test('asks pull for the repositories to mount from, each once, and push for its own alone', async () => {
  await using cloud = await openFederated()
  const alsoPull = ['base/node', 'base/debian', 'base/node', repository]
  const access = acrAccess(cloud.federation, { registry: acrHost, repository, alsoPull })
  expect(accessOf((await access.authorization()).reveal())).toEqual([
    { type: 'repository', name: repository, actions: ['pull', 'push'] },
    { type: 'repository', name: 'base/node', actions: ['pull'] },
    { type: 'repository', name: 'base/debian', actions: ['pull'] },
  ])
})

test('a source that may not be pulled is no error; a target that may not be pushed is one', async () => {
  const allowed = (name: string) =>
    `@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase '${name}'`
  const writer = (name: string) =>
    ({
      roleAssignmentMode: 'rbac-abac',
      roleAssignments: [
        {
          principalId: example.principalId,
          role: 'Container Registry Repository Writer',
          condition: allowed(name),
        },
      ],
    }) as const
  const alsoPull = ['base/node']
  await using granted = await openFederated({ acr: writer(repository) })
  const bearer = await acrAccess(granted.federation, { registry: acrHost, repository, alsoPull }).authorization()
  expect(accessOf(bearer.reveal())).toEqual([{ type: 'repository', name: repository, actions: ['pull', 'push'] }])
  await using refused = await openFederated({ acr: writer('base/node') })
  const access = acrAccess(refused.federation, { registry: acrHost, repository, alsoPull })
  await expect(access.authorization()).rejects.toMatchObject({ code: 'ACR_NO_PUSH_PERMISSION' })
})
