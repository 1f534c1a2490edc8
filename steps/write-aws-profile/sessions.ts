import type { AwsSession } from '../lib/aws/session.ts'
import type { Federation } from '../lib/federation/federation.ts'
import type { Profile } from './profiles.ts'

/** A profile with a session of its role. */
export type Obtained = Profile & { readonly session: AwsSession }

/** A session for each profile; those of the same roles and region share one. Throws TOKEN_*, ENTRA_*, AWS_*, NETWORK_*. */
export async function obtainSessions(
  federation: Federation,
  profiles: readonly Profile[],
): Promise<readonly Obtained[]> {
  const { sharedAwsSessions } = await import('../lib/federation/aws-session.ts')
  const sessions = sharedAwsSessions(federation)
  return await Promise.all(
    profiles.map(async (profile) => ({ ...profile, session: await sessions(profile.target).current() })),
  )
}
