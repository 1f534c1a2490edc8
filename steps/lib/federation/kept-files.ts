import { mergeDockerConfig } from '../handover/docker-config.ts'
import type { HandOverFolder } from '../handover/hand-over-folder.ts'
import type { Kept } from '../handover/keep-fresh.ts'
import { mergeKubeconfig } from '../handover/kubeconfig.ts'
import type { AwsTarget } from './aws-session.ts'
import { clusterUses, kubeContext, type ClusterPlace } from './cluster-inputs.ts'
import type { Federation } from './federation.ts'
import type { IdentityUse } from './identity-inputs.ts'
import { clusterToken, type Cluster } from './kubernetes-token.ts'
import type { Registries } from './registry-entries.ts'
import { registryLogins, type LoginInputs } from './registry-logins.ts'

/** One entry of a file, and when it ends, in epoch milliseconds. */
export type KeptEntry = { readonly file: string; readonly entry: string; readonly expiresAt: number }

/** Obtains by an exchange of its own, with nothing that was kept from an earlier one. */
type Obtain<T> = (federation: Federation) => Promise<{ readonly value: T; readonly entries: readonly KeptEntry[] }>

/** Lets something be obtained, and records that it is handed out before it gives it; what is not recorded is not given. */
export type HandOut = <T>(use: IdentityUse, obtain: Obtain<T>) => Promise<T>

/** Where it is kept, and how it gets there. */
export type KeptIn = { readonly folder: HandOverFolder; readonly handOut: HandOut }

type KeptLogins = {
  readonly registries: Pick<Registries, 'acr' | 'aws' | 'use'>
  readonly inputs: LoginInputs
  readonly note: (text: string) => void
}

/** Docker's configuration, with logins for exactly these registries. `renew` throws what the logins and the hand-out throw, and HANDOVER_*. */
export function keptDockerConfig({ folder, handOut }: KeptIn, { registries, inputs, note }: KeptLogins): Kept {
  const file = 'config.json'
  const path = `${folder.path}/${file}`
  // People are told once; it is the same at every renewal.
  let tell = note
  return {
    name: path,
    renew: async () => {
      const logins = await handOut(registries.use, async (federation) => {
        const value = await registryLogins(federation, registries, { inputs, note: tell })
        const entries = value.map(({ host, expiresAt }) => ({ file: path, entry: host, expiresAt }))
        return { value, entries }
      })
      tell = () => {}
      await folder.write(file, mergeDockerConfig(logins, path))
      return Math.min(...logins.map(({ expiresAt }) => expiresAt))
    },
    withdraw: async () => await folder.remove(file),
  }
}

type KeptCluster = { readonly inputs: Cluster & ClusterPlace; readonly target: AwsTarget | undefined }

/**
 * A kubeconfig whose token lies in a file beside it, which clients read anew. Without the token's file they say so, where an empty one would send them to ask
 * as nobody. `renew` throws what the token and the hand-out throw, and HANDOVER_*.
 */
export function keptKubeconfig({ folder, handOut }: KeptIn, { inputs, target }: KeptCluster): Kept {
  const context = kubeContext(inputs)
  const path = `${folder.path}/${context.tokenFile}`
  return {
    name: path,
    renew: async () => {
      const token = await handOut(clusterUses[inputs['cluster-type']], async (federation) => {
        const value = await clusterToken(federation, inputs, target)
        return { value, entries: [{ file: path, entry: context.name, expiresAt: value.expiresAt }] }
      })
      await folder.write(context.tokenFile, () => token.secret)
      await folder.write('config', mergeKubeconfig(context))
      return token.expiresAt
    },
    withdraw: async () => await folder.remove(context.tokenFile),
  }
}
