import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { suite } from '../clouds.ts'
import { recordIn } from '../ended.ts'
import { pushRun, runTask, type TaskRunEnd } from '../runs.ts'
import { putSource } from '../source.ts'
import { journalOf, skipWithoutTekton, stage, withFault } from '../stage.ts'

beforeEach(skipWithoutTekton)

const ecr = example.ecrHost
const acr = example.acrHost

test.each<
  [
    what: string,
    name: string,
    params: Readonly<Record<string, string>>,
    spec: Readonly<Record<string, unknown>>,
    exit: number,
    code: string,
  ]
>([
  ['another service account', 'account', {}, { serviceAccountName: 'intruder' }, 77, 'ENTRA_SUBJECT_MISMATCH'],
  ['another audience', 'audience', { 'token-audience': 'api://Other' }, {}, 77, 'ENTRA_AUDIENCE_MISMATCH'],
  [
    'an account that the profile does not allow',
    'allowed',
    { 'aws-role-arn': suite.otherAccountRoleArn },
    {},
    77,
    'AWS_ACCOUNT_NOT_ALLOWED',
  ],
  ['a profile that is not there', 'profile', { identity: 'no-such-profile' }, {}, 64, 'INPUT_INVALID'],
])(
  'the Task refuses %s: exit status, record and text agree, no registry is asked',
  async (_, name, params, spec, exit, code) => {
    const source = await putSource(`refused-${name}`)
    const repository = `refused/${name}`
    const end = await runTask(pushRun({ image: `${ecr}/${repository}:1`, ...params }, source, spec))
    expectRefused(end, exit, code)
    expect(await journalOf(`/v2/${repository}/`)).toEqual([])
  },
)

test('the Task refuses the same service account of another namespace', async () => {
  const namespace = stage().namespaces.other
  const source = await putSource('refused-namespace', { namespace })
  const end = await runTask(pushRun({ image: `${acr}/refused/namespace:1` }, source), namespace)
  expectRefused(end, 77, 'ENTRA_SUBJECT_MISMATCH')
})

test('the Task refuses a token that has expired by the clouds’ clock', async () => {
  const source = await putSource('refused-expired')
  const params = { 'tenant-id': suite.lateTenantId, 'client-id': suite.lateClientId }
  const late = { kind: 'clock-skew', ms: 2 * 3600 * 1000 } as const
  const rule = { standIn: 'entra', path: `/${suite.lateTenantId}/`, fault: late }
  const end = await withFault(rule, async () => {
    return await runTask(pushRun({ image: `${acr}/refused/expired:1`, ...params }, source))
  })
  expectRefused(end, 77, 'ENTRA_ASSERTION_EXPIRED')
})

test.each([
  ['ACR', 'no-right-acr', suite.readOnlyAcrHost, {}, 'ACR_NO_PUSH_PERMISSION'],
  ['ECR', 'no-right-ecr', ecr, { 'aws-role-arn': suite.readOnlyRoleArn }, 'REGISTRY_DENIED'],
])(
  'the Task without the right to push to %s says which right is missing, and puts no tag',
  async (_, name, host, params, code) => {
    const source = await putSource(name)
    const end = await runTask(pushRun({ image: `${host}/refused/${name}:1`, ...params }, source))
    expectRefused(end, 77, code)
    const put = (await journalOf(`/v2/refused/${name}/manifests/`)).filter(({ method }) => method === 'PUT')
    expect(put.filter(({ status }) => status < 300)).toEqual([])
  },
)

/** What Tekton says, what the record says and what people read are the same; results attest nothing. */
function expectRefused(end: TaskRunEnd, exit: number, code: string): void {
  const log = end.logs['step-push'] ?? ''
  expect(end.steps, log).toMatchObject([{ name: 'push', exitCode: exit }])
  expect(end.succeeded).toBe(false)
  expect(end.message).toContain(`exited with code ${exit}`)
  expect(end.results).not.toHaveProperty('IMAGE_DIGEST')
  const { data } = recordIn(log)
  expect(data).toMatchObject({ outcome: exit === 77 ? 'refused' : 'failed', error: { code } })
  expect(log).toContain(`error    ${code}   push-image`)
}
