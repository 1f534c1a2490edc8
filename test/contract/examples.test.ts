import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { trustPolicyFor } from '../../steps/lib/aws/trust-policy.ts'
import { parseRoleArn } from '../../steps/lib/aws/role-arn.ts'
import { checkOwnTask } from '../../steps/lib/catalog/check-own-task.ts'
import { checkPipeline } from '../../steps/lib/catalog/check-pipeline.ts'
import { checkPipelineRun } from '../../steps/lib/catalog/check-pipeline-run.ts'
import { checkRun, type TaskRun } from '../../steps/lib/catalog/check-run.ts'
import type { Pipeline, PipelineRun } from '../../steps/lib/catalog/pipeline.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { objectsOf, readExample, sampleCatalog, sampleFiles, type SampleObject } from './examples.ts'
import { allSteps, root } from './repository.ts'
import { goodOwnTask, spoiltOwnTasks } from './spoilt-own-tasks.ts'
import { goodBundleRun, goodPipelineRun, spoiltBundleRuns, spoiltPipelineRuns } from './spoilt-pipeline-runs.ts'
import { goodFanOut, goodPipeline, spoiltFanOuts, spoiltPipelines } from './spoilt-pipelines.ts'
import { present, spoiltCopy } from './spoilt.ts'

const catalog = sampleCatalog()

/** How an object that calls something is checked; TaskRuns have a test of their own. */
const checks: Readonly<Record<string, (object: SampleObject) => string[]>> = {
  Task: (object) => checkOwnTask((object as unknown as Task).spec, allSteps),
  Pipeline: (object) => checkPipeline((object as unknown as Pipeline).spec, catalog),
  PipelineRun: (object) => checkPipelineRun(object as unknown as PipelineRun, catalog),
}
const ofThePlatform = [
  'Role',
  'RoleBinding',
  ...['Mutating', 'Validating'].flatMap((kind) => [`${kind}AdmissionPolicy`, `${kind}AdmissionPolicyBinding`]),
]
const notCalls = ['TaskRun', 'ConfigMap', 'Namespace', 'ServiceAccount', ...ofThePlatform]

test.each(sampleFiles)('%s calls what it calls as that declares itself', (file) => {
  for (const object of objectsOf(file)) {
    const check = checks[object.kind]
    expect([...Object.keys(checks), ...notCalls]).toContain(object.kind)
    expect(check?.(object) ?? []).toEqual([])
  }
})

test.each(sampleFiles)('%s has no script', (file) => {
  expect(readFileSync(`${root}/${file}`, 'utf8')).not.toMatch(/^\s*-?\s*script\s*:/m)
})

describe('every example', () => {
  const folders = readdirSync(`${root}/examples`, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  const table = readFileSync(`${root}/examples/README.md`, 'utf8')

  test.each(folders.map(({ name }) => name))('%s has a page, which the table names', (name) => {
    expect(existsSync(`${root}/examples/${name}/README.md`)).toBe(true)
    expect(table).toContain(`](${name}/README.md)`)
  })
})

describe('examples/platform trusts exactly whom the sandbox trusts', () => {
  const json = (file: string): unknown => JSON.parse(readFileSync(`${root}/examples/platform/${file}`, 'utf8'))
  const cloud = exampleCloud()
  const issuer = `https://login.microsoftonline.com/${example.tenantId}/v2.0`

  test('in Entra', () => {
    const [app] = cloud.tenants[0]?.apps ?? []
    expect(json('federated-credential.json')).toEqual(app?.federatedCredentials?.[0])
  })

  test('in AWS, by the policy that an error would print, with the rights of a push', () => {
    const token = {
      issuer,
      subject: example.principalId,
      audience: example.awsAppId,
      authorizedParty: example.clientId,
    }
    const wanted = trustPolicyFor(present(parseRoleArn(example.roleArn)), token)
    expect(json('trust-policy.json')).toEqual(JSON.parse(wanted))
    const [role] = cloud.accounts[0]?.roles ?? []
    expect(json('push-policy.json')).toEqual(role?.policies?.[0])
  })

  test('as the ServiceAccount and by the profile that it applies', () => {
    const account = readExample<SampleObject>('platform/service-account.yaml', 'ServiceAccount')
    expect(account.metadata).toEqual({ name: example.serviceAccount, namespace: example.namespace })
    const profile = readExample<SampleObject & { data: object }>('platform/identity-profile.yaml', 'ConfigMap')
    expect(profile.data).toMatchObject({ 'client-id': example.clientId, 'aws-role-arn': example.roleArn })
  })
})

describe('a literal is followed to the parser of the step that gets it', () => {
  const dryRun = { name: 'dry-run', value: 'yes' }

  test('through a Task of one’s own', () => {
    const run = readExample<TaskRun>('own-task/task-run.yaml', 'TaskRun')
    const spec = { ...run.spec, params: [...(run.spec.params ?? []), dryRun] }
    expect(checkRun({ ...run, spec }, catalog)).toEqual([expect.stringMatching(/gives "dry-run" as "yes", expected/)])
  })

  test('through a Pipeline, and the task in it', () => {
    const pipeline = spoiltCopy(goodPipeline, ({ spec }) => {
      spec.params?.push({ name: 'dry-run' })
      spec.tasks[1]?.params?.push({ name: 'dry-run', value: '$(params.dry-run)' })
    })
    const run = spoiltCopy(goodPipelineRun, ({ spec }) => spec.params?.push(dryRun))
    const pipelines = new Map([[pipeline.metadata.name, pipeline]])
    expect(checkPipeline(pipeline.spec, catalog)).toEqual([])
    expect(checkPipelineRun(run, { ...catalog, pipelines })).toEqual([
      expect.stringMatching(/gives "dry-run" as "yes", expected/),
    ])
  })
})

describe('a spoilt call is caught', () => {
  test.each(spoiltOwnTasks)('a Task of one’s own with $what', ({ spoil, fault }) => {
    expect(checkOwnTask(goodOwnTask.spec, allSteps)).toEqual([])
    expect(checkOwnTask(spoiltCopy(goodOwnTask, spoil).spec, allSteps).join('\n')).toMatch(fault)
  })

  test.each(['from', 'to'])('a Task of one’s own that lacks the token for AWS where the side %s needs it', (side) => {
    const copying = (more: readonly { name: string; value: string }[]) =>
      spoiltCopy(goodOwnTask, ({ spec }) => {
        const [volume = { name: '', value: '' }] =
          spec.steps.find(({ name }) => name === 'push')?.params?.filter(({ name }) => name === 'token-volume') ?? []
        const params = [{ name: 'from', value: 'a.azurecr.io/b:1' }, { name: 'to', value: 'a.azurecr.io/c:1' }, volume]
        spec.steps = [{ name: 'copy', ref: { name: 'copy-image' }, params: [...params, ...more] }]
        delete spec.results
        delete spec.params
      })
    expect(checkOwnTask(copying([]).spec, allSteps)).toEqual([])
    const needing = copying([{ name: `${side}-aws-identity`, value: 'cluster' }])
    expect(checkOwnTask(needing.spec, allSteps).join('\n')).toMatch(/holds no service-account token in "aws-token"/)
  })

  test.each([
    ...spoiltPipelines.map((variant) => ({ ...variant, good: goodPipeline })),
    ...spoiltFanOuts.map((variant) => ({ ...variant, good: goodFanOut })),
  ])('a Pipeline with $what', ({ good, spoil, fault }) => {
    expect(checkPipeline(good.spec, catalog)).toEqual([])
    expect(checkPipeline(spoiltCopy(good, spoil).spec, catalog).join('\n')).toMatch(fault)
  })

  test.each([
    ...spoiltPipelineRuns.map((variant) => ({ ...variant, good: goodPipelineRun })),
    ...spoiltBundleRuns.map((variant) => ({ ...variant, good: goodBundleRun })),
  ])('a PipelineRun with $what', ({ good, spoil, fault }) => {
    expect(checkPipelineRun(good, catalog)).toEqual([])
    expect(checkPipelineRun(spoiltCopy(good, spoil), catalog).join('\n')).toMatch(fault)
  })
})
