import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { acrImage } from '../push-image/front-door.ts'
import { expectEnd } from '../push-image/told.ts'
import { codesOf, openAuditDoor, pipelineRun, type AuditDoor } from './audit-door.ts'

let audit: AuditDoor
let log = ''
beforeAll(async () => {
  audit = await openAuditDoor()
  const { step } = await audit.push('push-acr', acrImage)
  log = `${step.stderr}${step.stdout}`
})
afterAll(async () => await audit[Symbol.asyncDispose]())

type Files = Readonly<Record<string, string>>

/** The evidence as kubectl writes it. */
function exported(): Files {
  const ofKind = (kind: string) => audit.api.state.objects.filter((object) => object.kind === kind)
  const list = (items: readonly unknown[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, undefined, 4)
  return {
    'run.json': JSON.stringify(ofKind('PipelineRun')[0], undefined, 4),
    'taskruns.json': list(ofKind('TaskRun')),
    'pods.json': list(ofKind('Pod')),
    'logs/all.txt': log,
  }
}

async function evidence(files: Files): Promise<string> {
  const folder = await audit.folder()
  await mkdir(join(folder, 'logs'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return folder
}

const laptop = { run: { extraEnv: {}, name: 'elsewhere', pipelineRun: 'another' } } as const
const params = { from: ['folder'], 'pipeline-run': pipelineRun }

test('reports from exported files alone, without asking any cluster', async () => {
  const before = audit.api.requests.length
  const { report, step, succeeded } = await audit.report(params, { ...laptop, evidence: await evidence(exported()) })
  expect(succeeded, step.stderr).toBe(true)
  expect(report).toMatchObject({ verdict: 'complete', counts: { records: 1, verified: 1, steps: 1 } })
  expect(report?.entries[0]).toMatchObject({ target: acrImage, foundIn: ['folder'] })
  expect(audit.api.requests).toHaveLength(before)
})

test('lists as the API server itself gives them are read, too: their items do not say their kind', async () => {
  const [taskRun] = audit.api.state.objects.filter(({ kind }) => kind === 'TaskRun')
  const { kind: _kind, apiVersion: _version, ...item } = taskRun ?? {}
  const files = { ...exported(), 'taskruns.json': JSON.stringify({ kind: 'TaskRunList', items: [item] }) }
  const { report } = await audit.report(params, { ...laptop, evidence: await evidence(files) })
  expect(report).toMatchObject({ verdict: 'complete', counts: { taskRuns: 1, verified: 1 } })
})

test('a record from a folder and the same one from the cluster are one', async () => {
  const { report } = await audit.report({ from: ['cluster', 'folder'] }, { evidence: await evidence(exported()) })
  expect(report?.entries).toMatchObject([{ foundIn: ['pod log', 'folder'] }])
  expect(report?.counts.taskRuns).toBe(1)
})

test('a record from a folder that differs from the one of the cluster is a finding, and the verified one counts', async () => {
  const files = { ...exported(), 'logs/all.txt': log.replace('"ok"', '"ok" ') }
  const { report } = await audit.report({ from: ['cluster', 'folder'] }, { evidence: await evidence(files) })
  expect(codesOf(report)).toEqual(['record-altered'])
  expect(report?.entries).toMatchObject([{ check: 'verified', foundIn: ['pod log'] }])
})

test('records of other runs, links, broken JSON and other objects are passed over', async () => {
  const folder = await evidence({
    ...exported(),
    'other.json': log.replaceAll(pipelineRun, 'release-43'),
    'broken.json': '{"kind": "TaskRun"',
    'config.json': '{"kind":"ConfigMap","metadata":{"name":"x"}}',
  })
  await symlink('/etc', join(folder, 'etc'))
  const { report } = await audit.report(params, { ...laptop, evidence: folder })
  expect(report).toMatchObject({ verdict: 'complete', counts: { records: 1 } })
})

test('what an attacker writes into names and records stays text on the page', async () => {
  const files = Object.fromEntries(
    Object.entries(exported()).map(([name, text]) => [
      name,
      text.replaceAll('"release"', '"<img src=x onerror=alert(1)>"'),
    ]),
  )
  const { page, report } = await audit.report(params, { ...laptop, evidence: await evidence(files) })
  expect(report?.run.pipeline).toContain('<img')
  expect(page).toContain('&lt;img src=x onerror=alert(1)&gt;')
  expect(page).not.toContain('<img')
  expect(page).toMatch(/default-src &#39;none&#39;/)
})

test('a folder without the run is an error that says what it has', async () => {
  const folder = await evidence(exported())
  const result = await audit.report({ ...params, 'pipeline-run': 'none' }, { ...laptop, evidence: folder })
  expectEnd(result, 'AUDIT_RUN_NOT_FOUND', 64)
  expectEnd(await audit.report(params, { ...laptop, evidence: await evidence({}) }), 'AUDIT_RUN_NOT_FOUND', 64)
})
