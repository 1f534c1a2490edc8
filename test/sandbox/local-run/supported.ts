/** What the local run does as Tekton does it. Everything else is refused by its path: a field that is dropped silently would be a lie. */
type Shape = { readonly [field: string]: Shape | true | readonly string[] }

const container: Shape = {
  name: true,
  image: true,
  command: true,
  args: true,
  env: {
    name: true,
    value: true,
    valueFrom: { configMapKeyRef: { name: true, key: true, optional: true }, fieldRef: { fieldPath: true } },
  },
  envFrom: { configMapRef: { name: true, optional: true } },
  volumeMounts: { name: true, mountPath: true, readOnly: true },
  workingDir: true,
  // Enforced by the cluster, not here: the local run has no root and no limits.
  computeResources: true as const,
  securityContext: true as const,
}

/** Only texts: lists and objects as results are nothing that our Tasks give. */
const results = { name: true, description: true, type: ['string'] } as const

const step: Shape = {
  ...container,
  results,
  onError: true,
  when: { input: true, operator: true, values: true },
  timeout: true,
}

const probe = {
  exec: { command: true },
  initialDelaySeconds: true,
  periodSeconds: true,
  timeoutSeconds: true,
  failureThreshold: true,
} as const

const task: Shape = {
  apiVersion: true,
  kind: true,
  metadata: true as const,
  spec: {
    description: true,
    params: { name: true, type: true, description: true, properties: true, default: true },
    workspaces: { name: true, description: true, optional: true },
    results: { ...results, value: true },
    volumes: {
      name: true,
      emptyDir: { medium: true, sizeLimit: true },
      projected: {
        sources: {
          serviceAccountToken: { audience: true, expirationSeconds: true, path: true },
          configMap: { name: true, items: { key: true, path: true } },
        },
      },
    },
    steps: step,
    // Only named for people: all containers of a pod share this machine's ports.
    sidecars: { ...container, ports: true as const, readinessProbe: probe, startupProbe: probe },
  },
}

/** Paths of the Task's fields that the local run does not know, such as `spec.stepTemplate` or `spec.steps[0].script`. */
export function unsupportedFields(document: unknown): string[] {
  return unknownFields(document, task, '')
}

function unknownFields(value: unknown, shape: Shape[string] | undefined, path: string): string[] {
  if (shape === undefined) return [path]
  if (isOneOf(shape)) return shape.some((known) => known === value) ? [] : [path]
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

function isOneOf(shape: Shape[string]): shape is readonly string[] {
  return Array.isArray(shape)
}
