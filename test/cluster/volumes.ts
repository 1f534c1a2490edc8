import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_NAME } from './address-plan.ts'
import type { Kubectl } from './kubectl.ts'
import type { Places } from './places.ts'

/** Enough for a suite that lets each run have its own. A volume that was used stays so until its PersistentVolume is made anew. */
const VOLUMES = 40
const SIZE = '5Gi'

/** Makes folders for claims and gives the PersistentVolumes that name them. `local` ones take the group of the pod's `fsGroup`. */
export function makeVolumes(places: Places): readonly object[] {
  return Array.from({ length: VOLUMES }, (_, index) => {
    const name = `local-${String(index + 1).padStart(2, '0')}`
    const path = join(places.volumes, name)
    mkdirSync(path, { recursive: true })
    // The steps are 65532 or whom the pod says; mkdir's mode would lose bits to the umask.
    chmodSync(path, 0o777)
    return persistentVolume(name, path)
  })
}

function persistentVolume(name: string, path: string): object {
  const here = { key: 'kubernetes.io/hostname', operator: 'In', values: [NODE_NAME] }
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name },
    spec: {
      capacity: { storage: SIZE },
      accessModes: ['ReadWriteOnce'],
      persistentVolumeReclaimPolicy: 'Retain',
      storageClassName: 'local',
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
    },
  }
}

type Volumes = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status?: { readonly phase?: string }
  }[]
}

/** Makes volumes anew that claims have used and left: a suite that runs again on a cluster that was kept finds all of them free. */
export async function freeVolumes(kubectl: Kubectl, places: Places): Promise<void> {
  const { items } = (await kubectl.get<Volumes>(['pv'])) ?? { items: [] }
  const used = items.filter(({ status }) => status?.phase === 'Released').map(({ metadata }) => metadata.name)
  if (used.length === 0) return
  await kubectl.run(['delete', 'pv', ...used, '--wait=true'])
  for (const name of used) rmSync(join(places.volumes, name), { recursive: true, force: true })
  await kubectl.apply(makeVolumes(places))
}
