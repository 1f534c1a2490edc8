import { inside } from './namespaces.ts'
import { CONTAINERD_SOCKET } from './node-programs.ts'
import type { Places } from './places.ts'
import type { ProcessIdentity } from './process-identity.ts'
import { lastWords, mustRun, runProgram } from './run-program.ts'
import { waitUntil } from './wait-until.ts'

/** The kubelet looks only at images of this namespace of containerd. */
const CTR = ['ctr', '--address', CONTAINERD_SOCKET, '--namespace', 'k8s.io']

/** Gives the node images from archives, as `docker save` or OCI has them; the names in the archives are the images' names. */
export async function importImages(first: ProcessIdentity, archives: readonly string[], places: Places): Promise<void> {
  await waitUntil(
    async () => ((await runProgram(inside(first, [...CTR, 'version']))).status === 0 ? true : undefined),
    { what: 'containerd', seconds: 60, why: () => lastWords('containerd', places.log) },
  )
  for (const archive of archives) {
    await mustRun(inside(first, [...CTR, 'images', 'import', archive]))
  }
}

/** Names of the images that the node has. */
export async function imageNames(first: ProcessIdentity): Promise<readonly string[]> {
  const listed = await mustRun(inside(first, [...CTR, 'images', 'list', '--quiet']))
  return listed.split('\n').filter((name) => name !== '')
}
