import { randomUUID } from 'node:crypto'
import { chmod, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { start, type Called } from '../cli/command-line.ts'
import { root } from '../contract/repository.ts'
import { openFrontDoor, type FrontDoor, type FrontDoorResult, type Variation } from '../push-image/front-door.ts'
import { programWith } from '../push-image/programs.ts'
import { example } from '../sandbox/example-cloud.ts'
import { startWritableApi, type WritableApi } from '../sandbox/kubernetes/writable-api.ts'
import { API_AUDIENCE } from '../sandbox/kubernetes/pod-token.ts'
import { approvalApp, approvalCloud, type Person } from './approval-cloud.ts'
import { visitAs } from './browse.ts'

export const image = `${example.acrHost}/${example.repository}@sha256:${'1'.repeat(64)}`
export const configMap = 'tekton-entra-approvals'
export const place = `/api/v1/namespaces/${example.namespace}/configmaps/${configMap}`

/** A run that waits. */
export type Waiting = {
  /** What its step has printed behind `npx tekton-entra approve`. */
  readonly word: Promise<string>
  readonly ended: Promise<FrontDoorResult>
  /** Resolves when the step has said something like this; rejects when it ends before. */
  readonly said: (pattern: RegExp) => Promise<void>
  readonly run: { readonly pod: string; readonly taskRun: string; readonly pipelineRun: string; readonly uid: string }
}

export type AskOptions = Variation & {
  readonly annotations?: Readonly<Record<string, string>>
  /** Changes the objects of the run before the step sees them. */
  readonly change?: (api: WritableApi, run: Waiting['run']) => void
}

export type ApprovalDoor = AsyncDisposable & {
  readonly door: FrontDoor
  readonly api: WritableApi
  /** Starts the Task in a PipelineRun of its own. */
  readonly ask: (options?: AskOptions) => Waiting
  /** Runs the command line as this person, who signs in by a browser. */
  answer(decision: 'approve' | 'reject', word: string, options: AnswerOptions): Promise<Called>
}

export type AnswerOptions = {
  readonly as: Person
  readonly args?: readonly string[]
  /** Kubernetes' own token of whoever calls kubectl. */
  readonly kubectlToken?: string
}

/** Opens clouds, a cluster's API, and a folder with a kubectl. */
export async function openApprovalDoor(): Promise<ApprovalDoor> {
  const door = await openFrontDoor(approvalCloud())
  const api = await startWritableApi(door.sandbox.world)
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-approve-'))
  await copyFile(`${root}/test/await-approval/kubectl.mjs`, join(folder, 'kubectl'))
  await chmod(join(folder, 'kubectl'), 0o755)
  const caFiles = { cloud: await door.sandbox.caFile(folder), api: join(folder, 'api-ca.crt') }
  await writeFile(caFiles.api, api.caPem)
  grantAll(api)
  const env = {
    PATH: [folder, dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    HTTPS_PROXY: door.sandbox.proxyUrl,
    NODE_EXTRA_CA_CERTS: caFiles.cloud,
    TEST_API_PORT: String(api.port),
    TEST_API_CA: caFiles.api,
  }
  return {
    door,
    api,
    ask: (options = {}) => ask({ door, api }, options),
    answer: async (decision, word, { as, args = [], kubectlToken = 'approver' }) => {
      const called = start([decision, word, '--yes', '--no-browser', ...args], {
        env: { ...env, TEST_API_TOKEN: kubectlToken },
      })
      const shown = await called.until('stderr', /^sign in\s+https:\S+$/m)
      await visitAs(door.sandbox, shown, as)
      return await called.ended
    },
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
      await door[Symbol.asyncDispose]()
    },
  }
}

/** What samples/role.yaml gives to the service account, and to approvers. */
function grantAll(api: WritableApi): void {
  const user = `system:serviceaccount:${example.namespace}:${example.serviceAccount}`
  const { namespace } = example
  for (const resource of ['pods', 'taskruns', 'pipelineruns'])
    api.grants.push({ user, namespace, resource, verbs: ['get'] })
  api.grants.push({ user, namespace, resource: 'configmaps', verbs: ['get'], names: [configMap] })
  api.grants.push({ user: 'approver', namespace, resource: 'configmaps', verbs: ['get', 'patch'], names: [configMap] })
  api.people.set('approver', 'approver')
  api.people.set('stranger', 'stranger')
  api.objects.set(place, { kind: 'ConfigMap', metadata: { name: configMap }, data: {} })
}

function ask({ door, api }: Pick<ApprovalDoor, 'door' | 'api'>, options: AskOptions): Waiting {
  const id = randomUUID().slice(0, 8)
  const run = { pod: `approve-${id}-pod`, taskRun: `approve-${id}`, pipelineRun: `release-${id}`, uid: randomUUID() }
  const podUid = randomUUID()
  putRun(api, { run, podUid, annotations: options.annotations ?? {} })
  options.change?.(api, run)
  const pod = { name: run.pod, uid: podUid }
  const heard = createListener()
  const fast = programWith('fast-time')
  const ended = door.call({
    task: 'await-approval',
    ...options,
    params: { image, interval: '1s', 'require-roles': ['Release.Approve'], ...options.params },
    profile: { 'approval-client-id': approvalApp, ...options.profile },
    run: {
      ...fast,
      ...options.run,
      name: run.taskRun,
      pipelineRun: run.pipelineRun,
      configMaps: { ...configMapsOf(door, options), 'kube-root-ca.crt': { 'ca.crt': api.caPem } },
      mintToken: async ({ audience, expirationSeconds }) =>
        door.sandbox.mintToken({
          namespace: example.namespace,
          serviceAccount: example.serviceAccount,
          audience: audience === '' ? API_AUDIENCE : audience,
          expiresInSeconds: expirationSeconds,
          pod,
          ...options.token,
        }),
      onStderr: heard.hear,
      extraEnv: {
        KUBERNETES_SERVICE_HOST: '127.0.0.1',
        KUBERNETES_SERVICE_PORT: String(api.port),
        TEST_TIME_SPEED: '20',
        ...options.run?.extraEnv,
      },
    },
  })
  void ended.finally(heard.end).catch(() => {})
  const word = heard.match(/tekton-entra approve (\S+)\n/)
  word.catch(() => {})
  return { word, ended, run, said: async (pattern) => void (await heard.match(pattern)) }
}

function configMapsOf({ sandbox }: FrontDoor, { profile }: AskOptions): Record<string, Record<string, string>> {
  const keys: Record<string, string | undefined> = {
    'tenant-id': example.tenantId,
    'client-id': example.clientId,
    'approval-client-id': approvalApp,
    'https-proxy': sandbox.proxyUrl,
    'ca.crt': `${sandbox.caPem}\n`,
    ...profile,
  }
  const given = Object.entries(keys).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return { 'entra-identity': Object.fromEntries(given) }
}

type Objects = {
  readonly run: Waiting['run']
  readonly podUid: string
  readonly annotations: Readonly<Record<string, string>>
}

/** Pod, TaskRun and PipelineRun as Tekton makes them: owner references down, names in the status up. */
function putRun(api: WritableApi, { run, podUid, annotations }: Objects): void {
  const taskRunUid = randomUUID()
  const owner = (kind: string, name: string, uid: string) => [
    { apiVersion: 'tekton.dev/v1', kind, name, uid, controller: true },
  ]
  const { namespace } = example
  const tekton = `/apis/tekton.dev/v1/namespaces/${namespace}`
  // A label that names another run: nobody goes by it.
  const labels = { 'tekton.dev/pipelineRun': 'another-run', 'tekton.dev/pipelineRunUID': randomUUID() }
  api.objects.set(`/api/v1/namespaces/${namespace}/pods/${run.pod}`, {
    metadata: { name: run.pod, uid: podUid, labels, ownerReferences: owner('TaskRun', run.taskRun, taskRunUid) },
  })
  api.objects.set(`${tekton}/taskruns/${run.taskRun}`, {
    metadata: { name: run.taskRun, uid: taskRunUid, ownerReferences: owner('PipelineRun', run.pipelineRun, run.uid) },
    status: { podName: run.pod },
  })
  api.objects.set(`${tekton}/pipelineruns/${run.pipelineRun}`, {
    metadata: { name: run.pipelineRun, uid: run.uid, annotations },
    status: { childReferences: [{ kind: 'TaskRun', name: run.taskRun }] },
  })
}

/** What the step says, as it comes. */
function createListener() {
  let text = ''
  let isOver = false
  const watchers = new Set<() => void>()
  const tell = () => watchers.forEach((watch) => watch())
  return {
    hear: (piece: string) => {
      text += piece
      tell()
    },
    end: () => {
      isOver = true
      tell()
    },
    match: (pattern: RegExp) =>
      new Promise<string>((resolve, reject) => {
        const watch = () => {
          const found = pattern.exec(text)
          if (found === null && !isOver) return
          watchers.delete(watch)
          if (found === null) reject(new Error(`the step ended without ${String(pattern)}: ${text}`))
          else resolve(found[1] ?? '')
        }
        watchers.add(watch)
        watch()
      }),
  }
}
