import { stepError, type StepError } from '../../core/errors.ts'
import type { HttpResponse } from '../../http/client.ts'
import type { Descriptor } from '../descriptor.ts'
import { parseDigest, type Digest } from '../digest.ts'
import type { AskedHere, RegistryClient } from './registry-client.ts'
import { operations } from './registry-error.ts'

const reasons = {
  status: (status: number) => `HTTP ${status}`,
} as const

/** Throws unless the answer has one of these statuses: the registry's refusal, or REGISTRY_ANSWER_INVALID for what is no refusal. */
export function expectStatus(
  client: RegistryClient,
  response: HttpResponse,
  asked: AskedHere,
  ...expected: number[]
): void {
  if (expected.includes(response.status)) return
  if (response.status >= 400) throw client.refusal(response, asked)
  throw answerInvalid(client, asked, reasons.status(response.status))
}

/** The error of an answer that the specification does not know. */
export function answerInvalid(client: RegistryClient, asked: AskedHere, reason: string): StepError {
  return stepError('REGISTRY_ANSWER_INVALID', {
    registry: client.registry,
    operation: operations[asked.operation],
    reason,
  })
}

/** The URL in a `Location` header, absolute or relative to the request's; undefined when there is none. */
export function locationOf(response: HttpResponse, requestUrl: URL): URL | undefined {
  const location = response.headers['location']
  return location === undefined ? undefined : locationIn(location, requestUrl)
}

/** The URL that a header names, absolute or relative to the request's; undefined when it names none. */
export function locationIn(text: string, requestUrl: URL): URL | undefined {
  return URL.parse(text, requestUrl.href) ?? undefined
}

/** The digest that the registry gives with an answer; not every registry gives one. */
export function storedDigest(response: HttpResponse): Digest | undefined {
  return parseDigest(response.headers['docker-content-digest'] ?? '')
}

/** Refuses an answer that names another digest than that of what was sent. */
export function expectDigest(client: RegistryClient, response: HttpResponse, sent: Descriptor): void {
  const stored = storedDigest(response)
  if (stored === undefined || stored === sent.digest) return
  throw stepError('REGISTRY_DIGEST_DIFFERS', {
    registry: client.registry,
    'sent digest': sent.digest,
    'stored digest': stored,
  })
}
