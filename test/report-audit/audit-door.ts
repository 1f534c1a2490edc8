import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { readTask, root } from '../contract/repository.ts'
import { openFrontDoor, type FrontDoor, type FrontDoorResult, type Variation } from '../push-image/front-door.ts'
import { cloudWithStores } from '../push-image/stores.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { startClusterApi, type ClusterApi, type RoleRule } from '../sandbox/kubernetes/cluster-api.ts'
import {
  logsOfRun,
  pipelineRunObject,
  podObject,
  taskRunObject,
  type ClusterObject,
} from '../sandbox/local-run/tekton-objects.ts'
import type { Report } from '../../steps/report-audit/model/report.ts'

export const pipelineRun = 'release-42'

/** A run of the report, with what it wrote; undefined where it wrote nothing. */
export type Audited = FrontDoorResult & { readonly report: Report | undefined; readonly page: string }

export type AuditDoor = AsyncDisposable & {
  readonly door: FrontDoor
  readonly api: ClusterApi
  /** Runs push-image as a TaskRun of the PipelineRun, and shows the cluster what Tekton would have of it. */
  push(name: string, image: string, variation?: Variation): Promise<FrontDoorResult>
  /** Forgets all runs. */
  clear(): void
  /** Writes the report; the cluster has the PipelineRun of all runs so far, unless it was changed. */
  report(params?: Variation['params'], variation?: Variation & { evidence?: string }): Promise<Audited>
  /** A folder of this door. */
  folder(): Promise<string>
}

/** What the Role beside the Task allows. */
export function shippedRules(): readonly RoleRule[] {
  const documents = parseAllDocuments(readFileSync(`${root}/tasks/report-audit/rbac.yaml`, 'utf8'))
  const objects = documents.map((document) => document.toJS() as { kind: string; rules?: readonly RoleRule[] })
  return objects.flatMap(({ kind, rules = [] }) => (kind === 'Role' ? rules : []))
}

/** Opens the clouds with a bucket for records, and a cluster that knows what was run. */
export async function openAuditDoor(cloud = cloudWithStores(readable())): Promise<AuditDoor> {
  const door = await openFrontDoor(cloud)
  const account = `${example.namespace}:${example.serviceAccount}`
  const api = await startClusterApi(example.namespace, (token) => {
    return door.sandbox.minted.all.has(token) ? account : undefined
  })
  api.state.rules = shippedRules()
  const scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-audit-'))
  const folder = async () => await mkdtemp(join(scratch, 'folder-'))
  return {
    door,
    api,
    folder,
    push: async (name, image, variation = {}) => {
      const result = await door.push(image, { ...variation, run: { name, pipelineRun, ...variation.run } })
      const { serviceAccount } = example
      const run = { task: readTask('push-image'), name, pipelineRun, namespace: example.namespace, serviceAccount }
      const ended = { run, result: { ...result, steps: [result.step] } }
      const others = api.state.objects.filter(({ kind }) => kind !== 'PipelineRun')
      const objects = [...others, taskRunObject(ended), podObject(ended)]
      const taskRuns = objects.filter(({ kind }) => kind === 'TaskRun')
      api.state.objects = [...objects, pipelineRunObject(pipelineRun, { namespace: example.namespace, taskRuns })]
      api.state.logs = { ...api.state.logs, ...logsOfRun(ended) }
      return result
    },
    clear: () => {
      api.state.objects = []
      api.state.logs = {}
      api.state.rules = shippedRules()
    },
    report: async (params = {}, { evidence, run, ...variation } = {}) => {
      const report = await folder()
      const result = await door.call({
        task: 'report-audit',
        ...variation,
        params,
        profiles: { 'kube-root-ca.crt': { 'ca.crt': api.caPem } },
        workspaces: { report, ...(evidence === undefined ? {} : { evidence }) },
        run: { name: 'audit-report', pipelineRun, extraEnv: api.env, ...run },
      })
      const read = async (name: string) => await readFile(join(report, name), 'utf8').catch(() => '')
      const json = await read('audit-report.json')
      return {
        ...result,
        report: json === '' ? undefined : (JSON.parse(json) as Report),
        page: await read('audit-report.html'),
      }
    },
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]()
      await door[Symbol.asyncDispose]()
      await rm(scratch, { recursive: true, force: true })
    },
  }
}

/** The example, whose role may read records too. */
function readable() {
  const cloud = exampleCloud()
  const reading = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::contoso-audit/records/*' },
      { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::contoso-audit' },
    ],
  } as const
  return {
    ...cloud,
    accounts: cloud.accounts.map((account) => ({
      ...account,
      roles: account.roles.map((role) => ({ ...role, policies: [...role.policies, reading] })),
    })),
  }
}

/** Changes one object of the cluster. */
export function change(api: ClusterApi, name: string, edit: (object: ClusterObject) => ClusterObject): void {
  api.state.objects = api.state.objects.map((object) => (object.metadata.name === name ? edit(object) : object))
}

/** The codes of a report's findings. */
export function codesOf(report: Report | undefined): readonly string[] {
  return report?.findings.map(({ code }) => code) ?? ['(no report)']
}
