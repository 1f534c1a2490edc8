import type { Answer } from './answer.ts'

/** Status and default text of each error code of distribution-spec spec.md "Error Codes", and of the two the clouds add. */
const REFUSALS = {
  BLOB_UNKNOWN: [404, 'blob unknown to registry'],
  BLOB_UPLOAD_INVALID: [400, 'blob upload invalid'],
  BLOB_UPLOAD_UNKNOWN: [404, 'blob upload unknown to registry'],
  DENIED: [403, 'requested access to the resource is denied'],
  DIGEST_INVALID: [400, 'provided digest did not match uploaded content'],
  MANIFEST_BLOB_UNKNOWN: [400, 'manifest references a manifest or blob unknown to registry'],
  MANIFEST_INVALID: [400, 'manifest invalid'],
  MANIFEST_UNKNOWN: [404, 'manifest unknown to registry'],
  NAME_INVALID: [400, 'invalid repository name'],
  NAME_UNKNOWN: [404, 'repository name not known to registry'],
  RANGE_INVALID: [416, 'requested range not satisfiable'],
  /** ACR's answer where a lock stands in the way (Azure/azure-sdk-for-net 22827 quotes it). */
  REGISTRY_DISALLOWED_OPERATION: [
    405,
    'The operation is disallowed on this registry, repository or image. View troubleshooting steps at https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation',
  ],
  SIZE_INVALID: [400, 'provided length did not match content length'],
  TAG_INVALID: [400, 'manifest tag did not match URI'],
  TOOMANYREQUESTS: [429, 'too many requests'],
  UNAUTHORIZED: [401, 'authentication required'],
  UNKNOWN: [500, 'unknown error'],
  UNSUPPORTED: [405, 'the operation is unsupported'],
} as const satisfies Record<string, readonly [number, string]>

export type RefusalCode = keyof typeof REFUSALS

type RefusalDetails = {
  readonly message?: string
  readonly detail?: unknown
  readonly status?: number
  readonly headers?: Answer['headers']
}

/** Thrown by a check; carries the whole answer. */
export class RegistryRefusal extends Error {
  readonly answer: Answer
  constructor(answer: Answer) {
    super(answer.refused ?? 'refused')
    this.answer = answer
  }
}

/** A refusal with the JSON body of spec.md "Error Codes". */
export const refusal = (code: RefusalCode, details: RefusalDetails = {}): RegistryRefusal => {
  const [status, message] = REFUSALS[code]
  const error = {
    // The 416 of an upload has no code of its own in the spec: clients get the nearest one.
    code: code === 'RANGE_INVALID' ? 'BLOB_UPLOAD_INVALID' : code,
    message: details.message ?? message,
    detail: details.detail ?? null,
  }
  return new RegistryRefusal({
    status: details.status ?? status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ...details.headers },
    body: `${JSON.stringify({ errors: [error] })}\n`,
    refused: error.code,
  })
}
