import { readFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { Report } from '../../../../steps/report-audit/model/report.ts'
import { objectsOf } from '../../../contract/examples.ts'
import { root } from '../../../contract/repository.ts'
import { example } from '../../../sandbox/example-cloud.ts'
import { dumpClaim, makeClaim } from '../claims.ts'
import type { KubernetesObject } from '../objects.ts'
import { runPipeline, type PipelineRunEnd } from '../pipelines.ts'
import { paramsOf, runOf, runTask } from '../runs.ts'
import { putSource } from '../source.ts'
import { kubectl, skipWithoutTekton, stage } from '../stage.ts'

beforeEach(skipWithoutTekton)

const host = example.acrHost

test('in `finally` it reports on its own PipelineRun, with the Role beside it and no more', async () => {
  await putAuditor()
  await makeClaim('audit-own')
  const end = await runPipeline(await release('audit-own'))
  const [report] = end.tasks['report'] ?? []
  expect(report, report?.logs['step-report']).toMatchObject({ succeeded: true, results: { verdict: 'complete' } })
  const written = await reportIn('audit-own')
  expect(written.run.name).toBe(end.name)
  expect(written.counts).toMatchObject({ steps: 2, records: 2, verified: 2, refused: 1 })
  expect(written.images).toMatchObject([{ repository: `${host}/audit/ok` }])
  expect(written.entries.find(({ outcome }) => outcome === 'refused')?.actedAs).toMatchObject([
    { subject: `system:serviceaccount:${stage().namespaces.ci}:intruder` },
  ])
  expect(written.findings.map(({ code }) => code)).toEqual([])
})

test('as the sample has it, it reports on a PipelineRun that has ended; a pod that was deleted is a finding', async () => {
  await putAuditor()
  await makeClaim('audit-reports')
  const end = await runPipeline(await release())
  const [pushed] = end.tasks['push'] ?? []
  await kubectl().run(['delete', 'pod', pushed?.pod ?? '', '-n', stage().namespaces.ci])
  const report = await runTask(sampleFor(end))
  expect(report, report.logs['step-report']).toMatchObject({ succeeded: true, results: { verdict: 'findings' } })
  const { findings } = await reportIn('audit-reports')
  expect(findings.map(({ code }) => code)).toEqual(expect.arrayContaining(['pod-missing', 'record-missing']))
})

test('without the Role it is refused, and says which', async () => {
  await makeClaim('audit-refused')
  const end = await runPipeline(await release())
  const run = runOf('report-audit', { 'pipeline-run': end.name }, workspace('audit-refused'))
  const report = await runTask(run)
  expect(report).toMatchObject({ succeeded: false, steps: [{ name: 'report', exitCode: 77 }] })
  expect(report.logs['step-report']).toContain('AUDIT_API_DENIED')
})

/** Role, RoleBinding and service account as a platform team applies them. */
async function putAuditor(): Promise<void> {
  const namespace = stage().namespaces.ci
  const documents = parseAllDocuments(readFileSync(`${root}/tasks/report-audit/rbac.yaml`, 'utf8'))
  const objects = documents.map((document) => document.toJS() as KubernetesObject)
  await kubectl().apply(objects.map((object) => ({ ...object, metadata: { ...object.metadata, namespace } })))
}

/** A push that succeeds, and one of an account that nobody trusts; with a claim, the report on both goes into it. */
async function release(claim?: string): Promise<KubernetesObject> {
  const source = await putSource('audit')
  const push = (name: string, repository: string) => ({
    name,
    taskRef: { name: 'push-image' },
    params: paramsOf({ image: `${host}/audit/${repository}:1`, path: source.path, 'propagation-wait': '0s' }),
    workspaces: [{ name: 'source', workspace: 'built' }],
  })
  const workspaces = [{ name: 'report', workspace: 'audit' }]
  const report = { name: 'report', taskRef: { name: 'report-audit' }, workspaces }
  const auditor = { pipelineTaskName: 'report', serviceAccountName: 'auditor' }
  const volume = { name: 'audit', persistentVolumeClaim: { claimName: claim } }
  const isReported = claim !== undefined
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'PipelineRun',
    metadata: { generateName: 'audited-' },
    spec: {
      taskRunTemplate: { serviceAccountName: 'builder' },
      taskRunSpecs: [{ pipelineTaskName: 'refused', serviceAccountName: 'intruder' }, ...(isReported ? [auditor] : [])],
      pipelineSpec: {
        workspaces: [{ name: 'built' }, ...(isReported ? [{ name: 'audit' }] : [])],
        tasks: [push('push', 'ok'), push('refused', 'refused')],
        finally: isReported ? [report] : [],
      },
      workspaces: [{ name: 'built', configMap: { name: source.configMap } }, ...(isReported ? [volume] : [])],
    },
  }
}

function sampleFor({ name }: PipelineRunEnd): KubernetesObject {
  const [sample] = objectsOf('tasks/report-audit/samples/task-run.yaml')
  return JSON.parse(JSON.stringify(sample).replaceAll('"release-42"', JSON.stringify(name))) as KubernetesObject
}

function workspace(claim: string): Readonly<Record<string, unknown>> {
  return { workspaces: [{ name: 'report', persistentVolumeClaim: { claimName: claim } }] }
}

/** The report that lies in a claim. */
async function reportIn(claim: string): Promise<Report> {
  const { logs } = await dumpClaim(claim)
  const files = (logs['step-dump'] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly path: string; readonly base64: string })
  const json = files.find(({ path }) => path.endsWith('audit-report.json'))
  expect(files.map(({ path }) => path)).toContainEqual(expect.stringMatching(/audit-report\.html$/))
  return JSON.parse(Buffer.from(json?.base64 ?? '', 'base64').toString('utf8')) as Report
}
