import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { NODE_NAME } from './address-plan.ts'
import { writeRecord, type ClusterRecord } from './cluster-record.ts'
import { controlGroupOf, makeControlGroups } from './control-groups.ts'
import { apiServer, controllerManager, etcd, scheduler, type Plan } from './control-plane.ts'
import { importImages } from './images.ts'
import { IDLE_ARCHIVE } from './kubernetes-programs.ts'
import { kubectlFor, type Kubectl } from './kubectl.ts'
import { furnishNamespaces, inside, makeCoveredFolders, makeNamespaces, type Entry } from './namespaces.ts'
import { containerd, kubelet, proxy, writeNodeConfig } from './node-programs.ts'
import { kubernetesVersion, manifests, type Places } from './places.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { lastWords, startDaemon, type Daemon } from './run-program.ts'
import { makeVolumes } from './volumes.ts'
import { waitUntil } from './wait-until.ts'
import { writeKeys } from './write-keys.ts'
import { freePort } from '../free-port.ts'

/** A cluster whose node is ready, and the end of giving it the images that were asked for. */
export type Started = { readonly record: ClusterRecord; readonly images: Promise<void> }

/**
 * Starts Kubernetes and returns when its node is ready; images from archives are given to it meanwhile. `places` must be empty. The record
 * is written as soon as there is something to be taken away.
 */
export async function startCluster(places: Places, programs: string, archives: readonly string[]): Promise<Started> {
  const plan: Plan = { places, programs, port: await freePort() }
  const keys = writeKeys(places, plan.port)
  const record = await prepareMachine(plan)
  const start = starter(record.first, places)
  // One after the other only where one needs the other.
  start(etcd())
  start(containerd(plan))
  await keys
  start(apiServer(plan))
  startForwards(start, plan)
  const kubectl = kubectlFor(programs, places.kubeconfig)
  const idle = importImages(record.first, [join(programs, IDLE_ARCHIVE)], places)
  const images = idle.then(() => importImages(record.first, archives, places))
  // Told to who waits for them; here a failure must not end the process before that.
  images.catch(() => {})
  await Promise.all([answers(kubectl, places), idle])
  for (const daemon of [controllerManager(plan), scheduler(plan), kubelet(plan), proxy(plan)]) start(daemon)
  await kubectl.apply([...documentsOf('cluster.yaml'), ...makeVolumes(places)])
  await nodeIsReady(kubectl, places)
  await podsMayBeMade(kubectl, places)
  return { record, images }
}

type Start = (daemon: Daemon, entry?: Entry) => void

function starter(first: ProcessIdentity, places: Places): Start {
  return (daemon, entry) => {
    startDaemon({ ...daemon, argv: inside(first, daemon.argv, entry) }, places.log)
  }
}

async function prepareMachine({ places, programs, port }: Plan): Promise<ClusterRecord> {
  mkdirSync(places.temporary, { recursive: true })
  const controlGroup = controlGroupOf(places.state)
  const first = await makeNamespaces(places)
  const known = { first, controlGroup, port, programs, kubernetes: kubernetesVersion() }
  const madeFolders = makeCoveredFolders()
  const record: ClusterRecord = { ...known, madeFolders }
  writeRecord(places, record)
  makeControlGroups(controlGroup)
  await furnishNamespaces(first, places)
  writeNodeConfig({ places }, controlGroup)
  return record
}

/** The way from this machine's port to the API server, by a socket that lies in the cluster's own `/run`. */
function startForwards(start: Start, { port }: Plan): void {
  const program = [process.execPath, fileURLToPath(new URL('forward.ts', import.meta.url))]
  const [tcp, unix] = [`tcp:${port}`, 'unix:/run/api-server.sock']
  start({ name: 'forward-inside', argv: [...program, unix, tcp] })
  start({ name: 'forward-outside', argv: [...program, tcp, unix] }, { network: 'machine' })
}

async function answers(kubectl: Kubectl, places: Places): Promise<void> {
  await waitUntil(async () => ((await kubectl.try(['get', '--raw', '/readyz'])).status === 0 ? true : undefined), {
    what: 'API server',
    seconds: 120,
    why: () =>
      ['forward-inside', 'forward-outside', 'etcd', 'kube-apiserver']
        .flatMap((name) => wordsOf(name, places))
        .join('\n'),
  })
}

type Node = {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

async function nodeIsReady(kubectl: Kubectl, places: Places): Promise<void> {
  const isReady = async (): Promise<true | undefined> => {
    const node = await kubectl.get<Node>(['node', NODE_NAME])
    const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready')
    return ready?.status === 'True' ? true : undefined
  }
  const why = (): string => [...wordsOf('kubelet', places), ...wordsOf('containerd', places)].join('\n')
  await waitUntil(isReady, { what: 'node', seconds: 120, why })
}

/** Pods need the account of their namespace, which comes a moment after the node: who makes one at once would be refused. */
async function podsMayBeMade(kubectl: Kubectl, places: Places): Promise<void> {
  await waitUntil(async () => await kubectl.get(['serviceaccount', 'default', '-n', 'default']), {
    what: 'account default of namespace default',
    seconds: 60,
    why: () => wordsOf('kube-controller-manager', places).join('\n'),
  })
}

function wordsOf(name: string, places: Places): readonly string[] {
  const words = lastWords(name, places.log)
  return words === '' ? [] : [`last words of ${name} (${join(places.log, name)}.log):`, words]
}

function documentsOf(name: string): readonly unknown[] {
  return parseAllDocuments(readFileSync(join(manifests, name), 'utf8')).map((document) => document.toJS() as unknown)
}
