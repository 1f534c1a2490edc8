import { isDigestAlgorithm, parseDigest } from './digest.ts'
import type { Digest, DigestAlgorithm } from './digest.ts'
import type { Call } from './flavor.ts'
import { refusal } from './refusal.ts'
import { emptyRepository, openRepository } from './repository.ts'
import type { Repository } from './repository.ts'
import { isRepositoryName } from './routes.ts'
import type { RouteKind } from './routes.ts'

/** The digest that the text spells, or DIGEST_INVALID. */
export const requireDigest = (text: string): Digest => {
  const digest = parseDigest(text)
  if (digest !== undefined) return digest
  throw refusal('DIGEST_INVALID', { message: 'invalid checksum digest format', detail: { digest: text } })
}

/** The algorithm of that name, or DIGEST_INVALID. */
export const requireAlgorithm = (text: string): DigestAlgorithm => {
  if (isDigestAlgorithm(text)) return text
  throw refusal('DIGEST_INVALID', { message: 'unsupported digest algorithm', detail: { algorithm: text } })
}

/** Refuses names that the grammar does not know. */
export const requireName = (call: Call): void => {
  const { name } = call.route
  if (isRepositoryName(name, call.host)) return
  throw refusal('NAME_INVALID', { detail: { name } })
}

const MISSED_BY_CONTENT: readonly RouteKind[] = ['manifest', 'blob', 'referrers']

/** The repository to read from, or NAME_UNKNOWN. */
export const findRepository = (call: Call): Repository => {
  const { flavor, registry, route } = call
  const known = registry.repositories.get(route.name)
  if (known !== undefined) return known
  if (flavor.repositories === 'made-on-push') {
    // What is made on push is missed by its content, not by its name: so CNCF distribution 2.8.2 answers.
    // spec.md "Listing Referrers": an empty index, no 404, where there is nothing to list.
    if (MISSED_BY_CONTENT.includes(route.kind)) return emptyRepository(route.name)
    throw nameUnknown(call)
  }
  if (!flavor.repositories(call.host, route.name)) throw nameUnknown(call)
  return openRepository(registry, route.name)
}

/** The repository to write to: made here where the product makes it on push, else NAME_UNKNOWN. */
export const claimRepository = (call: Call): Repository => {
  const { flavor, host, registry, route } = call
  if (flavor.repositories === 'made-on-push') return openRepository(registry, route.name)
  if (!flavor.repositories(host, route.name)) flavor.makesOnPush?.(call)
  return findRepository(call)
}

const nameUnknown = (call: Call) => {
  const message = call.flavor.texts?.nameUnknown?.(call)
  return refusal('NAME_UNKNOWN', { detail: { name: call.route.name }, ...(message === undefined ? {} : { message }) })
}
