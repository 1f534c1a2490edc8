import { randomBytes } from 'node:crypto'
import type { AwsSession, World } from '../world.ts'

const LIFETIME_MS = 12 * 3_600_000

/** A registry password in the two forms that clients meet it in. */
export type RegistryPassword = {
  readonly password: string
  readonly authorizationToken: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Makes a registry password, good until 12 hours are over or the session ends. The caller books where it is good. */
export const makePassword = (world: World, session: AwsSession): RegistryPassword => {
  const password = randomBytes(1200).toString('base64')
  const authorizationToken = Buffer.from(`AWS:${password}`).toString('base64')
  for (const secret of [password, authorizationToken]) world.minted.add(secret)
  return { password, authorizationToken, expiresAt: Math.min(world.clock.now() + LIFETIME_MS, session.expiresAt) }
}
