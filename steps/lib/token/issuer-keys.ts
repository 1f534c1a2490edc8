import { verifySignature, type SignatureVerdict } from '../core/jwt.ts'
import type { Secret } from '../core/secret.ts'
import { fetchIssuerDocuments, type IssuerQuestion } from './issuer-documents.ts'

/** A token whose signature is in question, and the way to its issuer (`iss` of the token). */
export type SignatureQuestion = IssuerQuestion & { readonly token: Secret }

/** Both documents together, in milliseconds: the run has failed already, this only says why. */
const longestMs = 15_000

const slow = (issuer: string) => `${issuer} did not give them within ${longestMs / 1000} s`

/**
 * Checks a token's signature with the keys that its issuer publishes, fetched as AWS fetches them. Where they cannot be had the
 * verdict is `unknown`, with the reason; it throws only when the run ends.
 */
export async function checkSignature(question: SignatureQuestion): Promise<SignatureVerdict> {
  const signal = AbortSignal.any([question.signal, AbortSignal.timeout(longestMs)])
  try {
    const { keys } = await fetchIssuerDocuments({ ...question, signal })
    return await verifySignature(question.token.reveal(), keys)
  } catch (error) {
    question.signal.throwIfAborted()
    if (signal.aborted) return { verdict: 'unknown', reason: slow(question.issuer) }
    return { verdict: 'unknown', reason: error instanceof Error ? error.message : String(error) }
  }
}
