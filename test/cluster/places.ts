import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The Go module that pins Kubernetes, and the manifests that every cluster gets. */
export const sources = fileURLToPath(new URL('kubernetes', import.meta.url))
export const manifests = fileURLToPath(new URL('manifests', import.meta.url))

/** What is kept from one cluster to the next: programs and Tekton's releases. Outside of the checkout, so that all checkouts share it. */
export function cacheFolder(environment: NodeJS.ProcessEnv): string {
  const base = environment['XDG_CACHE_HOME'] ?? ''
  return join(base === '' ? join(homedir(), '.cache') : base, 'tekton-entra')
}

/** Version of Kubernetes as go.mod pins it, such as `v1.36.3`. */
export function kubernetesVersion(): string {
  const [, version] = /^\s*(?:require )?k8s\.io\/kubernetes (v\S+)/m.exec(readSource('go.mod')) ?? []
  if (version === undefined) throw new Error(`${sources}/go.mod does not require k8s.io/kubernetes`)
  return version
}

/** SHA-256 of all that the programs are built from; with another one they are built anew. */
export function sourcesHash(): string {
  const hash = createHash('sha256')
  for (const file of ['go.mod', 'go.sum', 'idle/main.go']) hash.update(readSource(file))
  return hash.digest('hex')
}

function readSource(file: string): string {
  return readFileSync(join(sources, file), 'utf8')
}

/** Where one cluster keeps what it needs while it is up. `down` deletes the folder. */
export type Places = ReturnType<typeof placesIn>

/** The places of a cluster below its state folder. */
export function placesIn(state: string) {
  return {
    state,
    /** Which processes it has and what else must be undone. */
    record: join(state, 'cluster.json'),
    kubeconfig: join(state, 'kubeconfig'),
    pki: join(state, 'pki'),
    config: join(state, 'config'),
    /** Standard output and error of each program, as `<name>.log`. */
    log: join(state, 'log'),
    temporary: join(state, 'tmp'),
    /** Folders that stand, inside, in place of the machine's own. */
    mounted: join(state, 'mounted'),
    volumes: join(state, 'volumes'),
    containerd: join(state, 'containerd'),
  }
}
