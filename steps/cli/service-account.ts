/** A Kubernetes service account. */
export type ServiceAccount = { readonly namespace: string; readonly serviceAccount: string }

/** Reads `namespace/name`; undefined when it is something else. */
export function parseServiceAccount(text: string): ServiceAccount | undefined {
  return parts(/^([^/:\s]+)\/([^/:\s]+)$/.exec(text))
}

/** Reads `system:serviceaccount:namespace:name`; undefined for every other subject. */
export function parseSubject(text: string): ServiceAccount | undefined {
  return parts(/^system:serviceaccount:([^/:\s]+):([^/:\s]+)$/.exec(text))
}

function parts(match: RegExpExecArray | null): ServiceAccount | undefined {
  const [, namespace, serviceAccount] = match ?? []
  return namespace === undefined || serviceAccount === undefined ? undefined : { namespace, serviceAccount }
}
