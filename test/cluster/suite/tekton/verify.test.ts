import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { recordIn } from '../ended.ts'
import { runOf, runTask } from '../runs.ts'
import { skipWithoutTekton, stage } from '../stage.ts'

beforeEach(skipWithoutTekton)

const api = { resource: example.awsTokenResource, 'api-client-id': example.awsAppId }

test('the gate lets the identity with the app role through, and Tekton has its results', async () => {
  const end = await runTask(runOf('verify-access', { ...api, 'require-roles': ['Push'] }))
  expect(end, end.logs['step-verify']).toMatchObject({ succeeded: true, steps: [{ name: 'verify', exitCode: 0 }] })
  expect(end.results).toMatchObject({
    'object-id': example.principalId,
    'client-id': example.clientId,
    kind: 'app',
    roles: 'Push',
  })
  expect(recordIn(end.logs['step-verify'] ?? '')).toMatchObject({
    data: { outcome: 'ok', action: { access: { roles: ['Push'] } }, identity: { issuer: stage().issuer } },
  })
})

test('the gate fails the run of an identity without the app role, and leaves no subject', async () => {
  const end = await runTask(runOf('verify-access', { ...api, 'require-roles': ['Deploy'] }))
  expect(end.succeeded).toBe(false)
  expect(end.steps).toMatchObject([{ name: 'verify', exitCode: 77 }])
  expect(end.logs['step-verify']).toContain('ACCESS_ROLES_MISSING')
  expect(end.results).not.toHaveProperty('object-id')
})
