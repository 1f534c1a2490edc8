/** An answer of an API server. */
export type ApiAnswer = { readonly status: number; readonly body: object }

/** Why a request is refused, as all API servers word it (Kubernetes API conventions, "Response Status Kind"). */
export function failure(code: number, reason: string, message: string): ApiAnswer {
  return {
    status: code,
    body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code },
  }
}
