import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeBundleLayout } from '../../../steps/lib/catalog/bundle-layout.ts'
import { makeBundle } from '../../../steps/lib/catalog/bundle.ts'
import type { KubernetesObject } from './objects.ts'
import { startServerPod } from './server-pod.ts'
import { kubectl, stage } from './stage.ts'

/** A bundle as a registry in the cluster has it. */
export type ServedBundle = { readonly reference: string; readonly digest: string }

const PORT = 5000

/**
 * Writes objects as a Tekton bundle and serves it inside the cluster, by plain HTTP on the address of a Service: Tekton's resolver takes that
 * of a private address.
 */
export async function serveBundle(
  name: string,
  objects: readonly KubernetesObject[],
  tag: string,
): Promise<ServedBundle> {
  const bundle = makeBundle(objects)
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-bundle-'))
  try {
    await writeBundleLayout(bundle, folder, tag)
    await kubectl().apply([await layoutMap(name, folder)])
    const items = filesOf(folder).map((file) => ({ key: keyOf(file), path: file }))
    const address = await startServerPod(kubectl(), {
      name,
      namespace: stage().namespaces.sandbox,
      image: stage().images.suite,
      args: ['serve-layout', '/layouts', String(PORT)],
      port: PORT,
      volumes: { [`/layouts/${name}`]: { name: 'layout', configMap: { name, items } } },
    })
    return { reference: `${address}:${PORT}/${name}:${tag}`, digest: bundle.root.digest }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const filesOf = (folder: string): readonly string[] =>
  globSync('**/*', { cwd: folder, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))

/** Keys of a ConfigMap hold no slash: the pod puts the files back where they were. */
const keyOf = (file: string): string => file.replaceAll('/', '.')

async function layoutMap(name: string, folder: string): Promise<KubernetesObject> {
  const entries = await Promise.all(
    filesOf(folder).map(async (file) => [keyOf(file), await readFile(join(folder, file), 'base64')] as const),
  )
  const metadata = { name, namespace: stage().namespaces.sandbox }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: Object.fromEntries(entries) }
}
