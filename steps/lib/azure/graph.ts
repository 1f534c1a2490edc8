import type { Secret } from '../core/secret.ts'
import { isObject, type JsonObject } from '../core/strict-json.ts'
import { bearer } from '../http/bearer.ts'
import type { HttpClient } from '../http/client.ts'
import type { AzureCloudName } from './clouds.ts'
import { microsoftGraph } from './resource-manager.ts'
import { tryJson } from '../core/loose-json.ts'

/** What Graph says, or why it says nothing. */
export type Seen<T> = { readonly seen: T } | { readonly unseen: string }

/** A federated credential as Graph shows it; `subject` is `''` where it has an expression instead. */
export type GraphCredential = {
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly audiences: readonly string[]
}

/** A token for Graph, and the way to it. */
export type GraphReader = {
  readonly cloud: AzureCloudName
  readonly token: Secret
  readonly http: HttpClient
  readonly signal: AbortSignal
}

/** Federated credentials of an app registration (Graph v1.0, list federatedIdentityCredentials; needs Application.Read.All). */
export async function readCredentials(
  reader: GraphReader,
  clientId: string,
): Promise<Seen<readonly GraphCredential[]>> {
  const path = `applications(appId='${clientId}')/federatedIdentityCredentials`
  const answer = await ask(reader, path)
  if ('unseen' in answer) return answer
  const { value } = answer.seen
  if (!Array.isArray(value)) return { unseen: 'Microsoft Graph answered without a list' }
  const text = (entry: JsonObject, name: string) => (typeof entry[name] === 'string' ? entry[name] : '')
  return {
    seen: value.filter(isObject).map((entry) => ({
      name: text(entry, 'name'),
      issuer: text(entry, 'issuer'),
      subject: text(entry, 'subject'),
      audiences: Array.isArray(entry['audiences']) ? entry['audiences'].map(String) : [],
    })),
  }
}

/**
 * Whether a resource gives tokens only to clients with an app role (Graph v1.0, servicePrincipal: appRoleAssignmentRequired). A resource is
 * found by its client id, or by one of its names.
 */
export async function readAssignmentRequired(reader: GraphReader, resource: string): Promise<Seen<boolean>> {
  const filter = `servicePrincipalNames/any(n:n eq '${resource.replaceAll("'", "''")}')`
  const answer = await ask(reader, `servicePrincipals?$filter=${encodeURIComponent(filter)}`)
  if ('unseen' in answer) return answer
  const { value } = answer.seen
  const [found] = Array.isArray(value) ? value.filter(isObject) : []
  const required = found?.['appRoleAssignmentRequired']
  return typeof required === 'boolean' ? { seen: required } : { unseen: `Microsoft Graph shows no ${resource}` }
}

/** It throws only at the end of the run: what is not shown is a finding, not a failure. */
async function ask({ cloud, token, http, signal }: GraphReader, path: string): Promise<Seen<JsonObject>> {
  try {
    const answer = await http.send({
      method: 'GET',
      url: new URL(`/v1.0/${path}`, microsoftGraph(cloud)),
      headers: { accept: 'application/json' },
      authorization: bearer(token),
      signal,
    })
    const value = tryJson(answer.body)
    if (answer.status === 200) return isObject(value) ? { seen: value } : { unseen: 'Microsoft Graph gave no JSON' }
    if (answer.status === 403)
      return { unseen: 'Microsoft Graph does not let this identity read (Application.Read.All)' }
    if (answer.status === 404) return { unseen: 'no app registration: those of a managed identity are not in Graph' }
    return { unseen: `Microsoft Graph answered HTTP ${answer.status}` }
  } catch (error) {
    signal.throwIfAborted()
    return { unseen: error instanceof Error ? error.message : String(error) }
  }
}
