import { acrTokenUser, obtainAcrLogin } from '../azure/acr-login.ts'
import { containerRegistryResource } from '../azure/clouds.ts'
import { Secret } from '../core/secret.ts'
import type { Federation } from './federation.ts'

/** What one entry of docker's configuration needs: Base64 of `user:password`, and when it ends. */
export type RegistryLogin = { readonly host: string; readonly auth: Secret; readonly expiresAt: number }

/** Which part of an ACR registry somebody else's client shall get into. */
export type AcrLoginTarget = {
  readonly host: string
  readonly repositories: readonly string[]
  readonly access: 'pull' | 'push'
}

/** A login to an ACR registry for a client that is not ours, booked in the record. Throws TOKEN_*, ENTRA_*, ACR_*, REGISTRY_*, NETWORK_*. */
export async function acrLogin(federation: Federation, target: AcrLoginTarget): Promise<RegistryLogin> {
  const { http, patience, record } = federation.services
  const { password, id, expiresAt } = await obtainAcrLogin({
    registry: target.host,
    repositories: target.repositories,
    access: target.access,
    tenantId: federation.identity.tenantId,
    entraToken: await federation.entraToken(containerRegistryResource),
    http,
    patience,
  })
  record.token('registry', { secret: password, id, audience: target.host, expiresAt })
  const auth = new Secret(Buffer.from(`${acrTokenUser}:${password.reveal()}`).toString('base64'))
  return { host: target.host, auth, expiresAt }
}
