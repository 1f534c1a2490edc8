import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { acrImage, ecrImage } from '../push-image/front-door.ts'
import { inAHurry } from '../push-image/programs.ts'
import { stores } from '../push-image/stores.ts'
import { expectEnd, faultsOf, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { codesOf, openAuditDoor, pipelineRun, shippedRules, type AuditDoor } from './audit-door.ts'

let audit: AuditDoor
beforeAll(async () => {
  audit = await openAuditDoor()
})
afterEach(() => {
  audit.clear()
  audit.door.sandbox.faults.clear()
})
afterAll(async () => await audit[Symbol.asyncDispose]())

test('reports on its own PipelineRun: every record verified, who did what as whom, digests, refusals', async () => {
  const toAcr = await audit.push('push-acr', acrImage)
  const toEcr = await audit.push('push-ecr', ecrImage)
  const refused = await audit.push('push-intruder', acrImage, { token: { expiresInSeconds: -5 } })
  const { report, page, results, step, succeeded } = await audit.report()
  expect(succeeded, step.stderr).toBe(true)
  expect(report).toMatchObject({
    verdict: 'complete',
    run: { name: pipelineRun, namespace: 'ci', status: 'failed', pipeline: 'release' },
    counts: { taskRuns: 3, steps: 3, records: 3, verified: 3, refused: 1 },
  })
  const entries = report?.entries ?? []
  expect(entries.map(({ id }) => id).toSorted()).toEqual(
    [toAcr, toEcr, refused].map(({ record }) => record.id).toSorted(),
  )
  expect(entries.find(({ id }) => id === toEcr.record.id)).toMatchObject({
    outcome: 'ok',
    target: ecrImage,
    step: 'push',
    serviceAccount: 'builder',
    check: 'verified',
    foundIn: ['pod log'],
    actedAs: [{ subject: 'system:serviceaccount:ci:builder', objectId: example.principalId, awsRole: example.roleArn }],
  })
  expect(report?.images.map(({ repository, digest }) => [repository, digest])).toEqual([
    [`${example.acrHost}/${example.repository}`, audit.door.digest],
    [`${example.ecrHost}/${example.repository}`, audit.door.digest],
  ])
  expect(entries.find(({ outcome }) => outcome === 'refused')).toMatchObject({ errorCode: 'TOKEN_EXPIRED' })
  expect(codesOf(report)).toEqual([])
  expect(results).toMatchObject({ verdict: 'complete', findings: '0' })
  expect(page).toContain(`<title>Audit report: ${pipelineRun}</title>`)
})

test('the result has the digest of the JSON, and the page names the same', async () => {
  await audit.push('push-acr', acrImage)
  const { report, page, results } = await audit.report()
  const sha256 = createHash('sha256')
    .update(`${JSON.stringify(report, undefined, 2)}\n`)
    .digest('hex')
  expect(results['report-digest']).toBe(`sha256:${sha256}`)
  expect(page).toContain(sha256)
})

test('asks for what the Role beside the Task allows and for nothing else, page by page, and changes nothing', async () => {
  for (const name of ['a', 'b', 'c']) await audit.push(name, acrImage)
  const before = audit.api.requests.length
  const { report } = await audit.report()
  expect(report?.counts.records).toBe(3)
  const asked = audit.api.requests.slice(before)
  expect(asked.every((request) => /^GET .* 200$/.test(request))).toBe(true)
  expect(asked.filter((request) => request.includes('/taskruns?'))).toHaveLength(2)
  const paths = asked.map((request) => request.replace(/^GET (\S+?)(\?.*)? 200$/, '$1'))
  expect(paths.filter((path) => !/\/(pipelineruns\/[^/]+|taskruns|pods|pods\/[^/]+\/log)$/.test(path))).toEqual([])
})

test.each(shippedRules().map((rule) => [`${rule.verbs.join()} ${rule.resources.join()}`, rule] as const))(
  'without the permission to %s it is refused, and the error has the command that mends it',
  async (_, rule) => {
    await audit.push('push-acr', acrImage)
    audit.api.state.rules = shippedRules().filter((one) => JSON.stringify(one) !== JSON.stringify(rule))
    const result = await audit.report()
    expectEnd(result, 'AUDIT_API_DENIED', 77)
    expect(told(result.step.stderr, 'sent')).toEqual(['service account ci:builder'])
    expect(toldProse(result.step.stderr, 'remedy')).toContain('kubectl apply -n ci -f tasks/report-audit/rbac.yaml')
    expect(result.report).toBeUndefined()
  },
)

test('what a bucket keeps of a cancelled run completes what its pod has lost', async () => {
  const pushed = await audit.push('push-kept', acrImage, { profile: { 'record-sink': stores.bucket } })
  expect(pushed.succeeded, pushed.step.stderr).toBe(true)
  audit.api.state.objects = audit.api.state.objects.filter(({ kind }) => kind !== 'Pod')
  const alone = await audit.report()
  expect(codesOf(alone.report)).toEqual(['record-missing', 'pod-missing'])
  const profile = { 'record-sink': stores.bucket }
  const both = await audit.report({ from: ['cluster', 'bucket'] }, { profile })
  expect(codesOf(both.report), both.step.stderr).toEqual(['pod-missing'])
  expect(both.report?.entries).toMatchObject([{ id: pushed.record.id, check: 'verified', foundIn: ['bucket'] }])
  const policies = [...audit.door.sandbox.world.awsSessions.values()].map(({ sessionPolicy = '' }) => sessionPolicy)
  const reading = policies.find((text) => text.includes('s3:GetObject')) ?? ''
  expect(reading).not.toContain('PutObject')
})

test('a bucket that may not be read is an error with the permissions that it lacks', async () => {
  await audit.push('push-acr', acrImage)
  const profile = { 'record-sink': stores.closed }
  const result = await audit.report(
    { from: ['cluster', 'bucket'] },
    { profile: { ...profile, 'record-sink-failure': 'warn' } },
  )
  expectEnd(result, 'AUDIT_BUCKET_DENIED', 77)
  expect(toldProse(result.step.stderr, 'remedy')).toContain(
    '"Action":"s3:ListBucket","Resource":"arn:aws:s3:::contoso-closed"',
  )
})

test('an API server that fails for a moment is asked again; one that goes on failing ends the step', async () => {
  await audit.push('push-acr', acrImage)
  audit.api.failures.push(500, 429)
  const passed = await audit.report({}, { run: inAHurry() })
  expect(passed.succeeded, passed.step.stderr).toBe(true)
  expect(told(passed.step.stderr, 'retry')).toHaveLength(2)
  audit.api.failures.push(...Array.from({ length: 6 }, () => 503))
  const failed = await audit.report({}, { run: inAHurry() })
  expectEnd(failed, 'AUDIT_SOURCE_UNAVAILABLE', 75)
  audit.api.failures.length = 0
  audit.api.failures.push(422)
  expectEnd(await audit.report(), 'AUDIT_SOURCE_REFUSED', 77)
})

test('a PipelineRun that there is not is an error, and so is a place without a Kubernetes API', async () => {
  expectEnd(await audit.report({ 'pipeline-run': 'none' }), 'AUDIT_RUN_NOT_FOUND', 64)
  const nowhere = await audit.report({}, { run: { extraEnv: {} } })
  expectEnd(nowhere, 'AUDIT_API_ABSENT', 64)
})

test.each<[what: string, params: Record<string, string | string[]>, fault: RegExp]>([
  ['a bucket alone', { from: ['bucket'] }, /^from: got "bucket", expected cluster or folder as well/],
  ['a bucket without a sink', { from: ['cluster', 'bucket'] }, /the key record-sink in the ConfigMap entra-identity/],
  ['a folder that is not bound', { from: ['folder'] }, /^workspace evidence: got nothing/],
  ['an unknown source', { from: ['etcd'] }, /cluster, bucket or folder/],
])('refuses %s', async (_, params, fault) => {
  const result = await audit.report(params)
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(faultsOf(result).join('\n')).toMatch(fault)
})
