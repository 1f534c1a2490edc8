import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSampleLayout, type SampleImage } from '../../sandbox/sample-image.ts'
import { mustRun } from '../run-program.ts'
import { kubectl, stage } from './stage.ts'

/** An image that waits in the cluster to be pushed: an OCI archive in a ConfigMap, which a workspace can be on any cluster. */
export type Source = {
  /** Name of the ConfigMap. */
  readonly configMap: string
  /** The param `path` that names it. */
  readonly path: string
  readonly digest: string
}

const ARCHIVE = 'image.tar'
/** The API server takes no more in one object; Base64 makes a third more of it. */
const MOST_BYTES = 700_000

/** Puts an image into a namespace under a name that nothing else has. */
export async function putSource(
  name: string,
  {
    layers = [{ name }],
    namespace = stage().namespaces.ci,
  }: Partial<SampleImage> & { readonly namespace?: string } = {},
): Promise<Source> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-suite-'))
  try {
    const layout = join(folder, 'layout')
    const digest = await writeSampleLayout(layout, { layers })
    await mustRun(['tar', '-C', layout, '-cf', join(folder, ARCHIVE), '.'])
    const bytes = await readFile(join(folder, ARCHIVE))
    if (bytes.length > MOST_BYTES) throw new Error(`${name}: an archive of ${bytes.length} bytes fits no ConfigMap`)
    const configMap = `source-${name}`
    const metadata = { name: configMap, namespace }
    const binaryData = { [ARCHIVE]: bytes.toString('base64') }
    await kubectl().apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData }])
    return { configMap, path: ARCHIVE, digest }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
