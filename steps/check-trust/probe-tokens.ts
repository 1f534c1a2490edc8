import { asStepError, isCode, type StepError } from '../lib/core/errors.ts'
import { decodeToken, textClaim, timeClaim, verifySignature } from '../lib/core/jwt.ts'
import { readAndRecord, type FederationServices, type TokenFile } from '../lib/federation/read-token.ts'
import { fetchIssuerDocuments, IssuerFault, type IssuerDocuments } from '../lib/token/issuer-documents.ts'
import type { ProjectedToken } from '../lib/token/projected-token.ts'
import { gotten, type IssuerFinding, type TokenFinding } from '../lib/trust/findings.ts'
import { isPrivateIssuer } from '../lib/trust/judge-issuer.ts'

/** A projected token and whom it is shown to. */
export type ShownToken = { readonly shownTo: TokenFinding['shownTo']; readonly file: TokenFile }

/** Longer than anybody waits for two small documents. */
const longestMs = 15_000

/** Reads and decodes the projected tokens. It never throws but for the end of the run: what is wrong with them is a finding. */
export async function probeTokens(
  shown: readonly ShownToken[],
  services: FederationServices,
): Promise<readonly TokenFinding[]> {
  return await Promise.all(
    shown.map(async ({ shownTo, file }) => {
      try {
        const token = await readAndRecord(file, services)
        return { shownTo, token: { got: token }, lifeMs: lifeOf(token) }
      } catch (error) {
        return { shownTo, token: { error: findingOf(error, services.patience.signal) } }
      }
    }),
  )
}

/** An error as something that was found out; the end of the run is none. */
export function findingOf(error: unknown, signal: AbortSignal): StepError {
  signal.throwIfAborted()
  const found = asStepError(error)
  if (isCode(found, 'INTERNAL')) throw found
  return found
}

function lifeOf({ secret, expiresAt }: ProjectedToken): number | undefined {
  const issuedAt = timeClaim(decodeToken(secret.reveal())?.claims ?? {}, 'iat')
  return issuedAt === undefined ? undefined : expiresAt - issuedAt
}

/** Asks each issuer for its documents, as Entra and AWS would, and checks the tokens' signatures by its keys. */
export async function probeIssuers(
  tokens: readonly TokenFinding[],
  services: FederationServices,
): Promise<readonly IssuerFinding[]> {
  const read = tokens.flatMap(({ shownTo, token }) => {
    const got = gotten(token)
    return got === undefined ? [] : [{ shownTo, token: got }]
  })
  const byIssuer = Map.groupBy(read, ({ token }) => `${token.issuer}\n${token.kid}`)
  return await Promise.all(
    [...byIssuer.values()].flatMap((same) => {
      const [first] = same
      const readBy = same.map(({ shownTo }) => shownTo)
      return first === undefined ? [] : [probeIssuer(first.token, readBy, services)]
    }),
  )
}

async function probeIssuer(
  { issuer, kid, secret }: ProjectedToken,
  readBy: IssuerFinding['readBy'],
  { http, patience }: FederationServices,
): Promise<IssuerFinding> {
  const alg = textClaim(decodeToken(secret.reveal())?.header ?? {}, 'alg')
  const known = { issuer, readBy, alg, kid }
  if (isPrivateIssuer(issuer)) return known
  const signal = AbortSignal.any([patience.signal, AbortSignal.timeout(longestMs)])
  try {
    const documents: IssuerDocuments = await fetchIssuerDocuments({ issuer, http, signal })
    return {
      ...known,
      documents: { got: documents },
      signature: await verifySignature(secret.reveal(), documents.keys),
    }
  } catch (error) {
    patience.signal.throwIfAborted()
    const slow = new IssuerFault('unreachable', `${issuer} gave no answer within ${longestMs / 1000} s`)
    if (error instanceof IssuerFault) return { ...known, documents: { fault: error } }
    if (signal.aborted) return { ...known, documents: { fault: slow } }
    throw error
  }
}
