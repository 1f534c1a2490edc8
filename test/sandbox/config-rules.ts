import { azureFaults } from './arm/azure-rules.ts'
import { accountFaults } from './aws/account-rules.ts'
import type { SandboxConfig } from './config.ts'
import type { ClusterIssuer } from './config-issuer.ts'
import { entraFaults } from './entra/entra-rules.ts'
import { registryFaults } from './registry/registry-rules.ts'
import { sinkFaults } from './sink/sink-rules.ts'
import { storeFaults } from './store-rules.ts'

/**
 * Throws when the clouds would never hold this state, so that no test passes on trust that nobody could set up. All
 * faults at once, each with the path of its field.
 */
export function refuseImpossibleState(config: SandboxConfig): void {
  const faults = impossibleState(config)
  if (faults.length > 0) throw new Error(`the sandbox cannot start with this state:\n- ${faults.join('\n- ')}`)
}

/** The same as texts; one that begins with a path, such as `tenants[0].apps[1].clientId: `, is found again in its file. */
export function impossibleState(config: SandboxConfig): readonly string[] {
  return [
    ...config.issuers.flatMap((issuer, index) => issuerFaults(issuer, `issuers[${index}]`)),
    ...entraFaults(config),
    ...azureFaults(config),
    ...sinkFaults(config),
    ...storeFaults(config),
    ...[...registryFaults(config), ...config.accounts.flatMap(accountFaults)].map((fault) => placed(fault, config)),
  ]
}

/** These rules name the registry or the account that they are about: its place in the state goes before. */
function placed(fault: string, { accounts, acrRegistries }: SandboxConfig): string {
  const [, kind, name] = /^(registry|account) ([^:]+): /.exec(fault) ?? []
  const isRegistry = kind === 'registry'
  const index = isRegistry
    ? acrRegistries.findIndex(({ loginServer }) => loginServer === name)
    : accounts.findIndex(({ id }) => id === name)
  return index === -1 ? fault : `${isRegistry ? 'acrRegistries' : 'accounts'}[${index}]: ${fault}`
}

/** Clouds ask an issuer over HTTPS at its default port: OpenID Connect Discovery §3 allows no query and no fragment. */
function issuerFaults({ url, apiServer }: ClusterIssuer, path: string): readonly string[] {
  const isUsable = URL.canParse(url) && /^https:\/\/[^:?#@]+$/.test(url)
  return [
    ...(isUsable ? [] : [`${path}.url: ${url} is not an https URL without port, query and fragment`]),
    ...(apiServer === undefined ? [] : apiServerFaults(apiServer.url, `${path}.apiServer.url`)),
  ]
}

function apiServerFaults(url: string, path: string): readonly string[] {
  const isUsable = URL.canParse(url) && /^https:\/\/[^?#@]+$/.test(url)
  return isUsable ? [] : [`${path}: ${url} is not an https URL without query and fragment`]
}
