import { randomBytes, randomInt } from 'node:crypto'
import type { AwsSession, World } from '../world.ts'
import { AwsFault } from './aws-fault.ts'

const KEY_ID_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** What a session is made for. */
export type SessionRequest = Omit<AwsSession, 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'expiresAt'> & {
  readonly lifetimeSeconds: number
  /** The least number of bytes that the session token is to have; what it needs when absent. */
  readonly minimumTokenSize?: number
}

const accessKeyId = (): string =>
  `ASIA${Array.from({ length: 16 }, () => KEY_ID_LETTERS[randomInt(KEY_ID_LETTERS.length)]).join('')}`

// Real tokens are near a thousand characters: what holds them must not be cut for something short.
const sessionToken = (size: number): string => {
  const token = `IQoJb3JpZ2luX2Vj${randomBytes(660).toString('base64')}`
  return (
    token +
    randomBytes(Math.max(0, size - token.length))
      .toString('base64')
      .slice(0, Math.max(0, size - token.length))
  )
}

/** Makes a session and remembers it for the services that it signs for. Expiration is a whole second, as recorded. */
export const mintSession = (world: World, request: SessionRequest): AwsSession => {
  const { lifetimeSeconds, minimumTokenSize = 0, ...identity } = request
  const session: AwsSession = {
    ...identity,
    accessKeyId: accessKeyId(),
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: sessionToken(minimumTokenSize),
    expiresAt: (Math.floor(world.clock.now() / 1000) + lifetimeSeconds) * 1000,
  }
  // Not the access key id: it is an identifier, which CloudTrail shows and records name.
  for (const secret of [session.secretAccessKey, session.sessionToken]) world.minted.add(secret)
  world.awsSessions.set(session.accessKeyId, session)
  return session
}

/**
 * [K] assumption: a line through the recorded sizes. Subjects of 0 and 1 characters gave 24, of 3 and 13 gave 25, of 300 gave
 * 34; a source identity of 12 characters added one. Nothing was recorded with a policy, which here counts in full.
 */
const PACKED = { allotted: 3000, base: 748, sourceIdentity: 20 }

/** What goes into the packed size of a session. */
export type PackedParts = {
  readonly sub: string
  readonly sourceIdentity: string | undefined
  readonly tags: ReadonlyMap<string, string>
  readonly policy: string | undefined
}

/** Size of the packed session data in percent of what STS allots; above 100 the request is refused. */
export const packedPolicySize = (parts: PackedParts): number => {
  const identity = parts.sourceIdentity === undefined ? 0 : PACKED.sourceIdentity + parts.sourceIdentity.length
  const tags = [...parts.tags].reduce((sum, [key, value]) => sum + key.length + value.length, 0)
  const size = PACKED.base + parts.sub.length + identity + tags + (parts.policy?.length ?? 0)
  const percent = Math.floor((size * 100) / PACKED.allotted)
  if (percent <= 100) return percent
  throw new AwsFault('PackedPolicyTooLarge', `Packed size of session tags consumes ${percent}% of allotted space.`)
}
