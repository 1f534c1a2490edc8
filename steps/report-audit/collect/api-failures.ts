import { stepError } from '../../lib/core/errors.ts'
import type { ApiFailures } from '../../lib/kubernetes/kubernetes-api.ts'

/** What the report says when the Kubernetes API does not answer. */
export function apiFailures(namespace: string): ApiFailures {
  const source = 'The Kubernetes API'
  return {
    absent: (reason) => stepError('AUDIT_API_ABSENT', { reason }),
    denied: ({ path, status, account }, options) =>
      stepError('AUDIT_API_DENIED', { path, status, namespace, 'service account': account }, options),
    refused: (reason, options) => stepError('AUDIT_SOURCE_REFUSED', { source, reason }, options),
    unavailable: (reason, options) => stepError('AUDIT_SOURCE_UNAVAILABLE', { source, reason }, options),
  }
}
