/** What the contract checker reads of a Tekton Task; everything it does not know is left to Tekton's admission. */
export type Task = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: TaskSpec
}

/** Of a Task, or of a task that a Pipeline has written out. */
export type TaskSpec = {
  readonly description?: string
  readonly params?: readonly TaskParam[]
  readonly workspaces?: readonly TaskWorkspace[]
  readonly results?: readonly TaskResult[]
  readonly volumes?: readonly TaskVolume[]
  readonly stepTemplate?: unknown
  readonly steps: readonly TaskStep[]
  readonly sidecars?: readonly TaskSidecar[]
}

export type TaskWorkspace = {
  readonly name: string
  readonly description?: string
  readonly optional?: boolean
}

export type TaskResult = {
  readonly name: string
  readonly type?: string
  readonly description?: string
  readonly value?: string
}

/** Value of a param: a string, an array or an object of strings. */
export type ParamValue = string | readonly string[] | Readonly<Record<string, string>>

export type TaskParam = {
  readonly name: string
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, { readonly type?: string }>>
  readonly default?: ParamValue
}

export type TaskVolume = {
  readonly name: string
  readonly emptyDir?: { readonly medium?: string; readonly sizeLimit?: string }
  readonly projected?: {
    readonly sources?: readonly {
      readonly serviceAccountToken?: {
        readonly audience?: string
        readonly expirationSeconds?: number
        readonly path?: string
      }
      readonly configMap?: {
        readonly name: string
        readonly items?: readonly { readonly key: string; readonly path: string }[]
      }
    }[]
  }
}

export type TaskStep = {
  readonly name: string
  readonly image?: string
  readonly command?: readonly string[]
  readonly args?: readonly string[]
  readonly script?: string
  readonly ref?: Reference
  readonly params?: readonly GivenParam[]
  readonly env?: readonly TaskEnv[]
  readonly envFrom?: readonly { readonly configMapRef?: { readonly name: string; readonly optional?: boolean } }[]
  readonly results?: readonly { readonly name: string; readonly type?: string; readonly description?: string }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
  readonly securityContext?: unknown
  readonly onError?: string
  readonly when?: readonly TaskWhen[]
  readonly timeout?: string
}

export type TaskWhen = { readonly input: string; readonly operator: string; readonly values: readonly string[] }

export type TaskSidecar = TaskStep & { readonly readinessProbe?: TaskProbe; readonly startupProbe?: TaskProbe }

export type TaskProbe = {
  readonly exec?: { readonly command?: readonly string[] }
  readonly initialDelaySeconds?: number
  readonly periodSeconds?: number
  readonly failureThreshold?: number
}

export type TaskEnv = { readonly name: string; readonly value?: string; readonly valueFrom?: unknown }

/** A param as a caller gives it. */
export type GivenParam = { readonly name: string; readonly value: string | readonly string[] }

/** How a Task, a Pipeline or a StepAction is named: by its name in the namespace, or by a resolver's params. */
export type Reference = {
  readonly name?: string
  readonly resolver?: string
  readonly params?: readonly GivenParam[]
}
