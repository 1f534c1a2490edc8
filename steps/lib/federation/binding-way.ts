import { readFile } from 'node:fs/promises'
import type { Assertion } from '../azure/assertion.ts'
import {
  bindingAudience,
  requireTokenProxy,
  throughTokenProxy,
  type BindingVariables,
} from '../azure/identity-binding.ts'
import type { ErrorCode } from '../core/error-table.ts'
import { isCode, StepError, stepError } from '../core/errors.ts'
import type { HttpClient } from '../http/client.ts'
import { readAndRecord, type FederationServices } from './read-token.ts'

/** How Entra is asked for a token: what shows it who asks, read anew for each attempt, and the way out. */
export type EntraWay = { readonly readAssertion: () => Promise<Assertion>; readonly http: HttpClient }

type Binding = { readonly path: string; readonly authority: string; readonly variables: BindingVariables }

/** The way of an AKS identity binding: the webhook's token, to the cluster's token proxy. Throws AKS_BINDING_*, TOKEN_*. */
export function bindingWay({ path, authority, variables }: Binding, services: FederationServices): EntraWay {
  const readCa = async (file: string) => await readFile(file, 'utf8')
  return {
    http: throughTokenProxy(services.http, { authority, variables, readCa }),
    readAssertion: async () => {
      // Said first: without the webhook the token is another one, too.
      requireTokenProxy(variables)
      return await readAndRecord({ path, audience: bindingAudience }, services).catch((error: unknown) => {
        if (!isCode(error, 'TOKEN_AUDIENCE_MISMATCH')) throw error
        throw new StepError('AKS_BINDING_AUDIENCE_MISMATCH', error.values, {})
      })
    },
  }
}

/** [K] assumption: the token proxy says in Entra's codes that a binding is missing. */
const ofBinding: ReadonlySet<ErrorCode> = new Set([
  'ENTRA_NO_MATCHING_CREDENTIAL',
  'ENTRA_ISSUER_MISMATCH',
  'ENTRA_SUBJECT_MISMATCH',
  'ENTRA_NO_FEDERATED_CREDENTIAL',
])

/** What the token proxy refused, with the remedy for bindings in the place of that for federated credentials. */
export function asOfBinding(error: unknown): unknown {
  if (isCode(error, 'NETWORK_TLS_UNTRUSTED')) {
    // The CA of the profile has no part in it.
    const values = { variable: 'AZURE_KUBERNETES_CA_FILE', reason: 'the token proxy has a certificate of another CA' }
    return stepError('AKS_BINDING_INVALID', values, { cause: error })
  }
  if (!(error instanceof StepError) || !ofBinding.has(error.code)) return error
  const account = (error.values['subject'] ?? '').replace(/^system:serviceaccount:/, '')
  const { upstream, cause } = error
  return new StepError(
    'AKS_BINDING_NOT_AUTHORIZED',
    { ...error.values, 'service account': account },
    { upstream, cause },
  )
}
