import type { EntraApp, Tenant } from '../config.ts'
import type { EntraUser } from '../config-azure.ts'
import type { DecodedJwt } from '../jws.ts'
import type { PropagationCode } from '../faults.ts'
import type { World } from '../world.ts'
import type { Cloud } from './clouds.ts'
import type { CodeGrant, DeviceGrant, PersonGrant } from './person-state.ts'
import type { Refusal } from './refusals.ts'
import type { Resource } from './resources.ts'

/** A token request, and what the checks have found of it so far. */
export type Exchange = {
  readonly world: World
  readonly cloud: Cloud
  /** Version of the endpoint: v1 takes `resource`, v2 `scope`. */
  readonly version: 1 | 2
  readonly method: string
  readonly tenantSegment: string
  /** Form fields; an empty one counts as absent. */
  readonly form: ReadonlyMap<string, string>
  readonly duplicated: readonly string[]
  /** Set while the federated credential has not reached this node yet. */
  readonly propagation: PropagationCode | undefined
  /** Asked at a regional name of the authority, which serves nobody outside Microsoft. */
  readonly isRegional?: boolean
  tenant?: Tenant
  app?: EntraApp
  /** The app where it is registered: another tenant's for a multi-tenant app, else the same as `app`. */
  registration?: Registration
  assertion?: Assertion
  resource?: Resource
  /** Delegated permissions that the token carries. */
  scopes?: readonly string[]
  user?: EntraUser
  /** What a code, refresh token or device code stands for. */
  grant?: PersonGrant
  code?: CodeGrant
  device?: DeviceGrant
}

/** An app in the tenant where its credentials are kept. */
export type Registration = { readonly tenant: Tenant; readonly app: EntraApp }

/** A client assertion that was read but not verified. */
export type Assertion = {
  readonly jwt: DecodedJwt
  readonly kid: string
  readonly iss: string
  readonly sub: string
  readonly aud: readonly string[]
  /** NumericDates. */
  readonly exp: number
  readonly nbf: number | undefined
}

/** One rule of the token endpoint. */
export type Check = {
  readonly name: string
  /** The value that was compared, for the journal. Never a secret. */
  shows?(exchange: Exchange): string
  /** Whether the rule is for this request at all. Default: it is. */
  applies?(exchange: Exchange): boolean
  run(exchange: Exchange): Refusal | undefined | Promise<Refusal | undefined>
}

/** The finding of an earlier check; it is a bug of the table's order when there is none. */
export function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a check runs before the one that finds what it needs')
  return value
}
