import type { AwsSession } from '../lib/aws/session.ts'
import type { EntraToken } from '../lib/azure/entra-token.ts'
import type { Clock } from '../lib/core/clock.ts'
import { expiring, type Expiring } from '../lib/federation/expiring.ts'
import { awsSession } from '../lib/federation/aws-session.ts'
import type { RecordDraft } from '../lib/audit/record.ts'
import type { Ending, Exchange, Exchanged } from './exchange.ts'

/** What the endpoints hand out: what is held, or what an exchange gives anew. */
export type Credentials = {
  readonly session: () => Promise<Exchanged<AwsSession>>
  readonly token: (resource: string) => Promise<Exchanged<EntraToken>>
}

type Needs = {
  readonly exchange: Exchange
  readonly clock: Clock
  readonly refreshAfterMs: number
  /** The broker's own record, which learns of every exchange. */
  readonly record: RecordDraft
}

/** Clients renew what has less than this left, so it is no use to them; of what lives shortly, a half. */
const leastLeftMs = 10 * 60_000

/** The credentials of a broker: each is obtained when it is asked for, and again when its exchange is too old. */
export function createCredentials({ exchange, clock, refreshAfterMs, record }: Needs): Credentials {
  const fresh = <T extends Ending>(obtain: () => Promise<Exchanged<T>>): (() => Promise<Exchanged<T>>) => {
    const held: Expiring<{ readonly exchanged: Exchanged<T>; readonly expiresAt: number }> = expiring(
      clock,
      async () => {
        const exchanged = await obtain()
        exchanged.retell(record)
        const { at, value } = exchanged
        const left = Math.min(leastLeftMs, (value.expiresAt - at) / 2)
        return { exchanged, expiresAt: Math.min(at + refreshAfterMs, value.expiresAt - left) }
      },
      0,
    )
    return async () => (await held.current()).exchanged
  }
  const tokens = new Map<string, () => Promise<Exchanged<EntraToken>>>()
  return {
    session: fresh(async () => {
      return await exchange(async ({ federation, target }) => {
        if (target === undefined) throw new TypeError('a broker without a role was asked for a session')
        return await awsSession(federation, target)
      })
    }),
    token: async (resource) => {
      const known = tokens.get(resource)
      if (known !== undefined) return await known()
      const made = fresh(async () => await exchange(async ({ federation }) => await federation.entraToken(resource)))
      tokens.set(resource, made)
      return await made()
    },
  }
}
