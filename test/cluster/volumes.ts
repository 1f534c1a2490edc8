import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { NODE_NAME } from './address-plan.ts'
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
