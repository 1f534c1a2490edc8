import { randomBytes, randomInt } from 'node:crypto'
import type { Tenant } from '../config.ts'
import type { EntraUser } from '../config-azure.ts'
import type { World } from '../world.ts'

/** What a person allowed a client, and until when (epoch milliseconds) it can be redeemed. */
export type PersonGrant = {
  readonly tenant: Tenant
  readonly clientId: string
  readonly user: EntraUser
  /** As it was asked for. */
  readonly scope: string
  readonly nonce?: string
  readonly expiresAt: number
}

/** An authorization code. */
export type CodeGrant = PersonGrant & {
  readonly redirectUri: string
  /** SHA-256 of the verifier (RFC 7636 §4.2). */
  readonly challenge: string
  redeemed: boolean
}

/** A device code, before and after the person has answered. */
export type DeviceGrant = {
  readonly userCode: string
  readonly clientId: string
  readonly scope: string
  /** The tenants whose people may answer. */
  readonly tenants: readonly Tenant[]
  readonly expiresAt: number
  polledAt: number | undefined
  answer: { readonly tenant: Tenant; readonly user: EntraUser } | 'declined' | 'redeemed' | undefined
}

type PersonState = {
  readonly codes: Map<string, CodeGrant>
  readonly refreshTokens: Map<string, PersonGrant>
  readonly devices: Map<string, DeviceGrant>
}

const states = new WeakMap<World, PersonState>()

/** What this sandbox's Entra has handed out to people, by code or token. */
export function personState(world: World): PersonState {
  const state = states.get(world) ?? { codes: new Map(), refreshTokens: new Map(), devices: new Map() }
  states.set(world, state)
  return state
}

/** A code or token that says nothing but itself, booked as a secret. */
export function mintOpaque(world: World, prefix: string): string {
  const opaque = `${prefix}${randomBytes(48).toString('base64url')}`
  world.minted.add(opaque)
  return opaque
}

/** Letters and digits that people do not confuse. */
const USER_CODE_ALPHABET = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'

/** Nine characters, as Entra shows them to people. */
export function createUserCode(): string {
  return Array.from({ length: 9 }, () => USER_CODE_ALPHABET[randomInt(USER_CODE_ALPHABET.length)] ?? '').join('')
}
