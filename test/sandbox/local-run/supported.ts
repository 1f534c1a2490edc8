/** What the local run does as Tekton does it. Everything else is refused by its path: a field that is dropped silently would be a lie. */
type Shape = { readonly [field: string]: Shape | true }

const step: Shape = {
  name: true,
  image: true,
  command: true,
  args: true,
  env: {
    name: true,
    value: true,
    valueFrom: { configMapKeyRef: { name: true, key: true, optional: true }, fieldRef: { fieldPath: true } },
  },
  results: { name: true, description: true, type: true },
  volumeMounts: { name: true, mountPath: true, readOnly: true },
  workingDir: true,
  // Enforced by the cluster, not here: the local run has no root and no limits.
  computeResources: true as const,
  securityContext: true as const,
}

const task: Shape = {
  apiVersion: true,
  kind: true,
  metadata: true as const,
  spec: {
    description: true,
    params: { name: true, type: true, description: true, default: true },
    workspaces: { name: true, description: true, optional: true },
    results: { name: true, description: true, type: true, value: true },
    volumes: {
      name: true,
      emptyDir: { medium: true, sizeLimit: true },
      projected: { sources: { serviceAccountToken: { audience: true, expirationSeconds: true, path: true } } },
    },
    steps: step,
  },
}

/** Paths of the Task's fields that the local run does not know, such as `spec.sidecars` or `spec.steps[0].script`. */
export function unsupportedFields(document: unknown): string[] {
  return unknownFields(document, task, '')
}

function unknownFields(value: unknown, shape: Shape | true | undefined, path: string): string[] {
  if (shape === undefined) return [path]
  if (shape === true || typeof value !== 'object' || value === null) return []
  if (Array.isArray(value)) return value.flatMap((entry, index) => unknownFields(entry, shape, `${path}[${index}]`))
  return Object.entries(value).flatMap(([field, inner]) => {
    return unknownFields(
      inner,
      Object.hasOwn(shape, field) ? shape[field] : undefined,
      path === '' ? field : `${path}.${field}`,
    )
  })
}
