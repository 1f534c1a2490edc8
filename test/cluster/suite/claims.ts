import { restrictedContainer } from '../pods.ts'
import type { KubernetesObject } from './objects.ts'
import { runTask, type TaskRunEnd } from './runs.ts'
import { putSource } from './source.ts'
import { kubectl, stage } from './stage.ts'

/** A step of the suite's image that does what a word of it says. */
export function suiteStep(name: string, args: readonly string[], more: object = {}): object {
  const command = ['/nodejs/bin/node', '/app/main.js']
  return { name, image: stage().images.suite, command, args, securityContext: restrictedContainer, ...more }
}

/** A claim of the cluster's default class. */
export async function makeClaim(name: string): Promise<void> {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const metadata = { name, namespace: stage().namespaces.ci }
  await kubectl().apply([{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata, spec }])
}

/** Fills a claim as a build would: an OCI layout at its root, and an archive of another image beside it. Gives their digests. */
export async function fillClaim(
  claim: string,
  archive: string,
): Promise<{ readonly layout: string; readonly archive: string }> {
  await makeClaim(claim)
  const source = await putSource(`claim-${claim}`)
  const end = await runTask(
    runOf(
      [
        suiteStep('fill', ['fill', '$(workspaces.built.path)', claim]),
        suiteStep('copy', copyWords(source.path, archive)),
      ],
      [
        { name: 'built', persistentVolumeClaim: { claimName: claim } },
        { name: 'source', configMap: { name: source.configMap } },
      ],
    ),
  )
  if (!end.succeeded) throw new Error(`${end.message}: ${JSON.stringify(end.logs)}`)
  return { layout: (end.logs['step-fill'] ?? '').trim(), archive: source.digest }
}

/** Shows every file of a claim: for a scan of what runs have left in it. */
export async function dumpClaim(claim: string): Promise<TaskRunEnd> {
  const workspaces = [{ name: 'built', persistentVolumeClaim: { claimName: claim } }]
  return await runTask(runOf([suiteStep('dump', ['dump', '$(workspaces.built.path)'])], workspaces))
}

function copyWords(path: string, archive: string): readonly string[] {
  return ['copy', `$(workspaces.source.path)/${path}`, `$(workspaces.built.path)/${archive}`]
}

/** A TaskRun of a Task of the suite's own, for the workspaces that it binds. */
function runOf(steps: readonly object[], workspaces: readonly WorkspaceBinding[]): KubernetesObject {
  const declared = workspaces.map(({ name }) => ({ name }))
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { generateName: 'claim-' },
    spec: { taskSpec: { workspaces: declared, steps }, workspaces },
  }
}

type WorkspaceBinding = { readonly name: string } & Readonly<Record<string, unknown>>
