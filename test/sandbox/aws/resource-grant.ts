import type { AwsSession, World } from '../world.ts'
import type { PolicyKind } from './policy-document.ts'
import { ANYONE, evaluateDocuments } from './policy-evaluation.ts'
import type { PolicyRequest } from './policy-evaluation.ts'
import { callerNames } from './principal.ts'

/** How far a resource's policy lets a caller in, with the lines that explain it. */
export type ResourceGrant = {
  /** `session` and `principal`: it names the caller. `account`: it leaves the choice to the caller's account. */
  readonly reach: 'denied' | 'session' | 'principal' | 'account' | 'none'
  readonly notes: readonly string[]
}

type Asked = { readonly request: PolicyRequest; readonly document: unknown; readonly kind?: PolicyKind }

/**
 * Asks the policy of a resource (a repository, or a role by its trust policy) about a caller, by each name that the caller has.
 * [K] assumption: `*` counts like the principal's own ARN, as AWS documents it for other services than STS.
 */
export const askResourcePolicy = (world: World, session: AwsSession, asked: Asked): ResourceGrant => {
  const { session: sessionArn, principal, account } = callerNames(world, session)
  const sessionNames = sessionArn === undefined ? [] : [sessionArn]
  const ask = (names: readonly string[]) =>
    evaluateDocuments(asked.document === undefined ? [] : [asked.document], asked.kind ?? 'repository', {
      ...asked.request,
      asker: { aws: names },
    })
  const all = ask([...sessionNames, principal, ...account, ANYONE])
  const notes = all.notes.map((note) => `resource: ${note}`)
  if (all.outcome === 'explicit-deny') return { reach: 'denied', notes }
  if (all.outcome === 'implicit-deny') return { reach: 'none', notes }
  if (ask(sessionNames).outcome === 'allow') return { reach: 'session', notes }
  return { reach: ask([principal, ANYONE]).outcome === 'allow' ? 'principal' : 'account', notes }
}
