import { Secret } from '../core/secret.ts'
import { Unmergeable, type Merge } from './hand-over-folder.ts'

/** One cluster with the user that it is entered as, all under one name. */
export type KubeContext = {
  readonly name: string
  readonly server: string
  /** Base64 of PEM; `''` where the system's own trust will do. */
  readonly certificateAuthorityData: string
  readonly namespace: string | undefined
  /** Beside the kubeconfig: clients read it anew, and resolve it from where the kubeconfig is. */
  readonly tokenFile: string
}

type Named = Readonly<Record<string, unknown>> & { readonly name: string }

/**
 * Puts a context into a kubeconfig that is written as JSON, which is YAML as well, and keeps everything else. `current-context` is set where there
 * is none. YAML in another form is refused: clients read several files (`KUBECONFIG=a:b`), so nobody has to have one file.
 */
export function mergeKubeconfig(context: KubeContext): Merge {
  return (existing) => {
    const config = existing === undefined || existing.trim() === '' ? {} : parsed(existing)
    const { name, server, certificateAuthorityData, namespace, tokenFile } = context
    const cluster = {
      server,
      ...(certificateAuthorityData === '' ? {} : { 'certificate-authority-data': certificateAuthorityData }),
    }
    const inContext = { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) }
    const merged = {
      ...config,
      apiVersion: 'v1',
      kind: 'Config',
      clusters: withNamed(config, 'clusters', { name, cluster }),
      users: withNamed(config, 'users', { name, user: { tokenFile } }),
      contexts: withNamed(config, 'contexts', { name, context: inContext }),
      'current-context': config['current-context'] || name,
    }
    return new Secret(`${JSON.stringify(merged, null, 2)}\n`)
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  } catch {
    // Without the parser's own words: they quote the text, which may hold credentials.
  }
  throw new Unmergeable('it is no kubeconfig in JSON; clients can be given it beside this one (KUBECONFIG=a:b)')
}

function withNamed(config: Readonly<Record<string, unknown>>, list: string, entry: Named): readonly unknown[] {
  const there = config[list] ?? []
  if (!Array.isArray(there)) throw new Unmergeable(`its member ${list} is no list`)
  const others = there.filter((one: unknown) => nameOf(one) !== entry.name)
  return [...others, entry]
}

function nameOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'name' in value ? value.name : undefined
}
