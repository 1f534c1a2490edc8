import { NODE_NAME } from './address-plan.ts'
import { isUp, readRecord, type ClusterRecord } from './cluster-record.ts'
import { kubectlFor } from './kubectl.ts'
import { inside } from './namespaces.ts'
import type { Places } from './places.ts'
import { shellWord } from './shell-word.ts'

/** How to use a cluster that is up. */
export function describeCluster(places: Places, record: ClusterRecord): string {
  const rows = [
    `Kubernetes ${record.kubernetes}, ${record.tekton === undefined ? 'no Tekton' : `Tekton ${record.tekton}`}, up`,
    '',
    `export KUBECONFIG=${shellWord(places.kubeconfig)}`,
    `export PATH=${shellWord(record.programs)}:$PATH`,
    '',
    "# into its namespaces, where pods' addresses are reachable and ctr finds containerd:",
    inside(record.first, ['bash']).join(' '),
  ]
  return `${rows.join('\n')}\n`
}

/** `status`: what is there, and whether it can be used. */
export async function clusterStatus(places: Places): Promise<{ readonly text: string; readonly isReady: boolean }> {
  const record = readRecord(places)
  if (record === undefined) return { text: `no cluster in ${places.state}\n`, isReady: false }
  if (!isUp(record)) {
    return {
      text: `the cluster in ${places.state} has ended by itself; take its rest away with down\n`,
      isReady: false,
    }
  }
  const kubectl = kubectlFor(record.programs, places.kubeconfig)
  const node = await kubectl.try(['get', 'node', NODE_NAME, '--no-headers'])
  const pods = await kubectl.try(['get', 'pods', '-A'])
  const isReady = node.status === 0 && node.stdout.split(/\s+/)[1] === 'Ready'
  const text = [describeCluster(places, record), node.stdout || node.stderr, pods.stdout || pods.stderr].join('\n')
  return { text, isReady }
}
