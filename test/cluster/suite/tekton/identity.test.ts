import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { suite } from '../clouds.ts'
import { recordIn } from '../ended.ts'
import { pushRun, runTask, type TaskRunEnd } from '../runs.ts'
import { putSource } from '../source.ts'
import { journalOf, skipWithoutTekton, stage, tagsOf } from '../stage.ts'

beforeEach(skipWithoutTekton)

const sessionOf = (role: string): string => `arn:aws:sts::${example.accountId}:assumed-role/${role}/`
const byCluster = { 'aws-identity': 'cluster', 'aws-role-arn': suite.clusterRoleArn }
const byAws = { 'azure-identity': 'aws', 'aws-region': example.region, ...byCluster }

type Way = [
  what: string,
  name: string,
  host: string,
  params: Readonly<Record<string, string>>,
  identity: Readonly<Record<string, unknown>>,
  /** Whether Entra has a part in it. */
  entra: boolean,
]

test.each<Way>([
  [
    'ECR by a chained role',
    'chained',
    example.ecrHost,
    { 'aws-chain-role-arn': suite.chainedRoleArn },
    {
      awsIdentity: 'entra',
      awsChainRole: suite.chainedRoleArn,
      awsSession: expect.stringContaining(sessionOf('ci-chained')),
    },
    true,
  ],
  [
    'ECR by the pod’s own token, without Entra',
    'cluster',
    example.ecrHost,
    byCluster,
    { awsIdentity: 'cluster', awsSession: expect.stringContaining(sessionOf('ci-cluster')) },
    false,
  ],
  [
    'ACR by a token that AWS gives for the role',
    'by-aws',
    example.acrHost,
    byAws,
    { azureIdentity: 'aws', awsIdentity: 'cluster', objectId: example.principalId },
    true,
  ],
])('the Task pushes to %s, and its record says by which way', async (_, name, host, params, identity, entra) => {
  const source = await putSource(`way-${name}`)
  const end = await runTask(pushRun({ image: `${host}/ways/${name}:1`, ...params }, source))
  expect(end, end.logs['step-push']).toMatchObject({ succeeded: true, steps: [{ name: 'push', exitCode: 0 }] })
  expect(await tagsOf(host, `ways/${name}`)).toEqual({ 1: source.digest })
  const { data } = recordIn(end.logs['step-push'] ?? '')
  expect(data).toMatchObject({ outcome: 'ok', identity: { issuer: stage().issuer, ...identity } })
  expect('tenant' in data.identity).toBe(entra)
})

test('a dry run says by which way it got in, and pushes nothing', async () => {
  const source = await putSource('way-dry')
  const params = { image: `${example.ecrHost}/ways/dry:1`, 'create-repository': 'if-missing', ...byCluster }
  const end = await runTask(pushRun({ ...params, 'dry-run': 'true' }, source))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  const log = (end.logs['step-push'] ?? '').replace(/\s+/g, ' ')
  expect(log).toMatch(/identity AWS: \S+ci-cluster by the projected token for AWS, without Entra/)
  expect(await tagsOf(example.ecrHost, 'ways/dry')).toEqual({})
})

test.each<
  [what: string, name: string, params: Readonly<Record<string, string>>, spec: object, exit: number, code: string]
>([
  [
    'a chained role that does not trust the first',
    'not-chained',
    { 'aws-chain-role-arn': suite.readOnlyRoleArn },
    {},
    77,
    'AWS_CHAIN_NOT_AUTHORIZED',
  ],
  [
    'a chained role of an account that the profile does not allow',
    'chained-account',
    { 'aws-chain-role-arn': suite.otherAccountRoleArn },
    {},
    77,
    'AWS_ACCOUNT_NOT_ALLOWED',
  ],
  [
    'a chained session of more than an hour',
    'chained-long',
    { 'aws-chain-role-arn': suite.chainedRoleArn, 'aws-session-duration': '2h' },
    {},
    64,
    'INPUT_INVALID',
  ],
  [
    'the own token of another service account',
    'cluster-account',
    byCluster,
    { serviceAccountName: 'intruder' },
    77,
    'AWS_NOT_AUTHORIZED',
  ],
  [
    'the own token for another audience',
    'cluster-audience',
    { ...byCluster, 'aws-token-audience': 'sts.example' },
    {},
    77,
    'AWS_TOKEN_NOT_TRUSTED',
  ],
  [
    'an Entra token at a role that lets the cluster in',
    'no-fallback',
    { 'aws-role-arn': suite.clusterRoleArn },
    {},
    77,
    'AWS_NOT_AUTHORIZED',
  ],
])('the Task refuses %s, and no registry is asked', async (_, name, params, spec, exit, code) => {
  const source = await putSource(`way-${name}`)
  const end = await runTask(pushRun({ image: `${example.ecrHost}/ways/${name}:1`, ...params }, source, { ...spec }))
  expectRefused(end, exit, code)
  expect(await journalOf(`/v2/ways/${name}/`)).toEqual([])
})

function expectRefused(end: TaskRunEnd, exit: number, code: string): void {
  const log = end.logs['step-push'] ?? ''
  expect(end.steps, log).toMatchObject([{ name: 'push', exitCode: exit }])
  expect(recordIn(log).data).toMatchObject({ outcome: exit === 77 ? 'refused' : 'failed', error: { code } })
}
