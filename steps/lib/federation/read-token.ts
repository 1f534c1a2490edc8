import type { RecordDraft } from '../audit/record.ts'
import type { Spelling } from '../core/errors.ts'
import type { Patience } from '../core/retry.ts'
import type { HttpClient } from '../http/client.ts'
import { readProjectedToken, type ProjectedToken } from '../token/projected-token.ts'

/** A projected token: where it lies, and whom it must be made out to. */
export type TokenFile = { readonly path: string; readonly audience: string }

/** What an exchange needs beside the identity. */
export type FederationServices = {
  readonly http: HttpClient
  readonly patience: Patience
  readonly record: RecordDraft
  /** Of a step that acts as two: what its params are called on this side. */
  readonly spelling?: Spelling | undefined
}

/** Reads a projected token and books it. Throws TOKEN_*. */
export async function readAndRecord(
  { path, audience }: TokenFile,
  { patience, record }: FederationServices,
): Promise<ProjectedToken> {
  const token = await readProjectedToken({ path, audience, now: () => patience.clock.now() })
  record.identity({ issuer: token.issuer, subject: token.subject })
  const audiences = token.audiences.join(' ')
  record.token('projected', { secret: token.secret, id: token.id, audience: audiences, expiresAt: token.expiresAt })
  return token
}
