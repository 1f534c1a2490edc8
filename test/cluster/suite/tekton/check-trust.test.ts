import { beforeEach, expect, test } from 'vitest'
import { isPrivateIssuer } from '../../../../steps/lib/trust/judge-issuer.ts'
import { example } from '../../../sandbox/example-cloud.ts'
import { recordIn } from '../ended.ts'
import { runOf, runTask } from '../runs.ts'
import { skipWithoutTekton, stage } from '../stage.ts'

beforeEach(skipWithoutTekton)

const images = [example.ecrHost, example.acrHost].map((host) => `${host}/${example.repository}`)

/** The issuer of a cluster of this machine has a name of its own network: the suite's clouds take its tokens all the same. */
const good = (): string => (isPrivateIssuer(stage().issuer) ? 'weak' : 'trusted')

test('the preflight of a trust that is there ends well, and Tekton has the verdict', async () => {
  const end = await runTask(runOf('check-trust', { images }))
  expect(end, end.logs['step-check']).toMatchObject({ succeeded: true, steps: [{ name: 'check', exitCode: 0 }] })
  expect(end.results).toMatchObject({ verdict: good(), failed: '' })
  expect(recordIn(end.logs['step-check'] ?? '')).toMatchObject({
    data: {
      outcome: 'ok',
      action: { name: 'check-trust', notes: expect.arrayContaining([`verdict ${good()}`]) },
      identity: { issuer: stage().issuer, awsRole: example.roleArn },
    },
  })
})

test('a run that fails has its results all the same, and its log what to create', async () => {
  const end = await runTask(runOf('check-trust', { images, 'client-id': example.awsAppId }))
  expect(end.succeeded).toBe(false)
  expect(end.steps).toMatchObject([{ name: 'check', exitCode: 77 }])
  expect(end.results).toMatchObject({
    verdict: 'broken',
    failed: expect.stringContaining('credential:entra-no-federated-credential'),
  })
  expect(end.logs['step-check']).toContain('az ad app federated-credential create')
  expect(end.logs['step-check']).toContain('azuread_application_federated_identity_credential')
})

test('with fail-on: nothing a Pipeline goes by the result', async () => {
  const params = { images, resources: ['api://absent'], 'fail-on': 'nothing' }
  const end = await runTask(runOf('check-trust', params))
  expect(end.succeeded, end.logs['step-check']).toBe(true)
  expect(end.results).toMatchObject({ verdict: 'broken', failed: 'exchange:entra-resource-unknown' })
})
