import { rememberDraft, type Remembered } from '../lib/audit/remembered-draft.ts'
import type { AwsTarget } from '../lib/federation/aws-session.ts'
import type { Federation } from '../lib/federation/federation.ts'
import { verifyAccess } from '../lib/federation/verify-access.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import { openActor } from '../lib/step/open-actor.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { Services } from '../lib/step/step-call.ts'
import { accessApiClientId, brokerUse } from './inputs.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>

/** Something that ends. */
export type Ending = { readonly expiresAt: number }

/** What one exchange has given, with all that records say of it. */
export type Exchanged<T extends Ending> = {
  readonly value: T
  /** When the exchange was begun, in epoch milliseconds. */
  readonly at: number
  readonly retell: Remembered['retell']
}

/** As whom one exchange acts: nothing of an earlier one is known to it. */
export type FreshActor = { readonly federation: Federation; readonly target: AwsTarget | undefined }

/** Exchanges the identity anew: the token file is read anew, the roles are verified anew, and only then is `work` done. */
export type Exchange = <T extends Ending>(work: (actor: FreshActor) => Promise<T>) => Promise<Exchanged<T>>

/** Longest time for one exchange; clients ask again by themselves long before. */
const exchangeMs = 60_000

/**
 * Prepares the exchanges of a broker, and says as whom it acts. Throws AWS_ACCOUNT_NOT_ALLOWED; an exchange throws ACCESS_*, TOKEN_*, ENTRA_*, AWS_*,
 * NETWORK_*.
 */
export function prepareExchange(inputs: Inputs, services: Services): Exchange {
  const use = brokerUse(inputs)
  const { target } = openActor(inputs, { use, accounts: [] }, services)
  const patience = (propagationWaitMs: number) => {
    const whole = services.patience(propagationWaitMs)
    return { ...whole, deadlineAt: Math.min(whole.deadlineAt, whole.clock.now() + exchangeMs) }
  }
  return async (work) => {
    const { draft, retell } = rememberDraft()
    const federation = openFederation(inputs, { ...services, record: draft, patience }, use)
    const at = federation.services.patience.clock.now()
    await verifyRoles(inputs, federation)
    return { value: await work({ federation, target }), at, retell }
  }
}

/** Throws ACCESS_*, TOKEN_*, ENTRA_*, NETWORK_*. */
async function verifyRoles(inputs: Inputs, federation: Federation): Promise<void> {
  const { 'require-roles': roles, 'access-resource': resource } = inputs
  if (roles.length === 0 || resource === undefined) return
  const { http, patience, record } = federation.services
  const id = accessApiClientId(inputs)
  const { secret } = await federation.entraToken(resource)
  const { objectId, clientId, kind } = await verifyAccess(secret, {
    cloud: federation.identity.cloud,
    tenantId: federation.identity.tenantId,
    resource,
    rules: {
      audiences: { v1: [resource], v2: id === undefined ? [] : [id] },
      kind: 'app',
      clients: [federation.identity.clientId],
      roles: { all: roles },
    },
    http,
    patience,
  })
  record.action({ access: { objectId, clientId, kind, roles } })
}
