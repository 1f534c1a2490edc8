import { mergeDockerConfig } from '../handover/docker-config.ts'
import type { Merge } from '../handover/hand-over-folder.ts'
import { mergeKubeconfig } from '../handover/kubeconfig.ts'
import type { AwsTarget } from './aws-session.ts'
import { kubeContext, type ClusterPlace } from './cluster-inputs.ts'
import type { Federation } from './federation.ts'
import { clusterToken, type Cluster } from './kubernetes-token.ts'
import type { Registries } from './registry-entries.ts'
import { registryLogins, type LoginInputs } from './registry-logins.ts'

/** As whom a file's credentials are obtained. */
export type KeptActor = { readonly federation: Federation; readonly target: AwsTarget | undefined }

/** A folder of the hand-over volume, as far as a file is kept in it. */
export type KeptFolder = {
  /** Path of a file as people see it. */
  pathOf(file: string): string
  write(file: string, merge: Merge): Promise<void>
  remove(file: string): Promise<void>
}

/** A file of credentials for other people's tools, that can be written anew as often as they end. */
export type KeptFile = {
  /** Where it is, and what is in it: for records and for people. */
  readonly place: { readonly file: string; readonly entry: string }
  /** Obtains its credentials, and writes nothing yet: a hand-out is recorded before. */
  obtain(actor: KeptActor): Promise<KeptContent>
  /** Takes its credentials away. Throws HANDOVER_NOT_WRITTEN. */
  withdraw(): Promise<void>
}

/** What is to be written. */
export type KeptContent = {
  /** When the first of it ends, in epoch milliseconds. */
  readonly expiresAt: number
  /** Throws HANDOVER_*. */
  write(): Promise<void>
}

type KeptLogins = {
  readonly registries: Pick<Registries, 'acr' | 'aws'>
  readonly inputs: LoginInputs
  readonly note: (text: string) => void
}

/** Docker's configuration, with logins for exactly these registries. `obtain` throws what {@link registryLogins} does. */
export function keptDockerConfig(folder: KeptFolder, { registries, inputs, note }: KeptLogins): KeptFile {
  const file = 'config.json'
  const path = folder.pathOf(file)
  const hosts = [...registries.acr.map(({ host }) => host), ...registries.aws.map(({ registry }) => registry.host)]
  // People are told once: it is the same at every renewal.
  let tell = note
  return {
    place: { file: path, entry: `logins to ${hosts.join(' ')}` },
    obtain: async ({ federation }) => {
      const logins = await registryLogins(federation, registries, { inputs, note: tell })
      tell = () => {}
      return {
        expiresAt: Math.min(...logins.map(({ expiresAt }) => expiresAt)),
        write: async () => await folder.write(file, mergeDockerConfig(logins, path)),
      }
    },
    withdraw: async () => await folder.remove(file),
  }
}

/**
 * A kubeconfig whose token lies in a file beside it, which clients read anew. The token's file alone is taken away: without it they fail, where
 * an empty one would send them to ask as nobody. `obtain` throws what {@link clusterToken} does.
 */
export function keptKubeconfig(folder: KeptFolder, inputs: Cluster & ClusterPlace): KeptFile {
  const context = kubeContext(inputs)
  const { tokenFile } = context
  return {
    place: { file: folder.pathOf(tokenFile), entry: `token for the cluster ${context.name}` },
    obtain: async ({ federation, target }) => {
      const { secret, expiresAt } = await clusterToken(federation, inputs, target)
      const write = async () => {
        await folder.write(tokenFile, () => secret)
        await folder.write('config', mergeKubeconfig(context))
      }
      return { expiresAt, write }
    },
    withdraw: async () => await folder.remove(tokenFile),
  }
}
