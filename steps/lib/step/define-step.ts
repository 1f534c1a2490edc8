import type { Fault } from '../core/errors.ts'

/** What a value is, written as Tekton users write it: durations as `15m` or `1h30m`, flags as `true` and `false`, counts as `4`. */
type ValueKinds = {
  text: string
  flag: boolean
  /** Milliseconds. */
  duration: number
  count: number
  list: readonly string[]
}

export type ParamKind = keyof ValueKinds

/**
 * One param of a step. Where its value comes from, first that has one: the param, the identity profile's key of the same name
 * (`profile`), the variable that the AKS workload-identity webhook sets (`webhook`), `default`. With none of them and not
 * `optional`, the step refuses to run.
 */
export type Param<K extends ParamKind = ParamKind> = {
  readonly kind: K
  readonly description: string
  readonly default?: string | readonly string[]
  readonly optional?: true
  readonly profile?: true
  /** The profile's key, where it is not the param's own name: a step with two identities has each param twice. */
  readonly profileKey?: string
  /** The param that names the profile's ConfigMap; `identity` where it is absent. */
  readonly profileOf?: string
  readonly webhook?: string
  /** What the webhook's values mean here, where it spells them otherwise; a trailing slash is dropped first. */
  readonly webhookValues?: Readonly<Record<string, string>>
  /** A text that is taken byte for byte, blanks and line ends at its ends included, and that is shown by its size alone. */
  readonly exact?: true
  readonly oneOf?: readonly string[]
  /** Least and most of a duration or a count, both allowed, spelled as its values are. */
  readonly range?: readonly [least: string, most: string]
  /** Whole-value pattern of a text or of each entry of a list; `expected` says it in words. */
  readonly pattern?: RegExp
  readonly expected?: string
  /**
   * A guard of the platform team. Of a list, a param may take entries away from the profile's, never add any; a text of the profile stands, and a
   * param may only repeat it.
   */
  readonly narrows?: true
  /**
   * Guards of the profile that this param would widen, because what both allow adds up: where the profile sets one of them and not this key,
   * a param cannot set it either.
   */
  readonly guardedBy?: readonly string[]
  /**
   * A guard of the platform team: what the profile's list asks for is asked for whatever the run's author gives, whose entries are asked for as
   * well. Beside the value of another param that is named, where one entry is enough, more entries would let more pass: none can be added.
   */
  readonly adds?: { readonly notWith?: readonly [param: string, value: string] }
  /** A word of the platform team: only the profile can say it, and a param no more than repeat it. */
  readonly vouched?: true
  /** A value of another param beside which this one would not be used: the run's author may not give it then, while the profile may hold it for other runs. */
  readonly idleWith?: readonly [param: string, value: string]
}

export type Result = { readonly description: string }

export type Workspace = {
  readonly description: string
  /** Whether a run may leave it unbound; its path is `''` then. */
  readonly optional?: true
}

/** A text that the author of a run puts into an annotation, which Tekton hands on to the pod: nothing is replaced in it on the way. */
export type Annotation = { readonly key: string; readonly description: string }

/** One step, declared once: its inputs and outputs as data, from which everything else follows. */
export type StepDefinition = {
  readonly name: string
  readonly summary: string
  readonly params: Readonly<Record<string, Param>>
  readonly workspaces: Readonly<Record<string, Workspace>>
  readonly results: Readonly<Record<string, Result>>
  readonly annotations?: Readonly<Record<string, Annotation>>
  /** Whether the step exchanges the projected token: it then gets the token volume and the profile's network keys. */
  readonly token: boolean
  /**
   * Of a step that acts as two: the side whose profile has the keys that are no params, of the network and of the record sink, and as which
   * the record is sent.
   */
  readonly mainSide?: string
  /** Of a step that variants of the image run, too: what its param `step-image` is for. Its default is the image of all other steps. */
  readonly imageParam?: string
  /** Whether the step writes temporary files: it then gets a volume for them, whose path it is told. */
  readonly scratch?: true
  /** Whether the step writes credentials for the steps after it: it then gets the Task's memory volume for them, whose path it is told. */
  readonly handOver?: true
  /** Whether it is a sidecar of its Task: it has no results then, not even the one of its record. */
  readonly sidecar?: true
  /** Whether it shares a volume with the sidecar that no step of the user's mounts: it is told the path. */
  readonly sealed?: true
  /** Whether the step asks the Kubernetes API: it then has the pod's own token for it, which every other step is kept from. */
  readonly clusterApi?: true
  /**
   * What is wrong with the inputs taken together. What is undefined was missing, or faulty by itself; a fault of such a param is
   * dropped, so that each is reported once.
   */
  check?(inputs: Readonly<Record<string, unknown>>, around: Surroundings): readonly Fault[]
}

/** What else is known of a call when its inputs are checked together. */
export type Surroundings = {
  /** Name of the ConfigMap whose keys of the network and of the record sink hold. */
  readonly profile: string
  /** Whether that profile names a record sink, faulty or not. */
  readonly hasSink: boolean
  /** The proxy that is taken; `''` where there is none. It may hold a password. */
  readonly httpsProxy: string
  /** Texts of the step's annotations by name; one that the pod does not have is absent. */
  readonly annotations: Readonly<Record<string, string>>
}

type ValueOf<P extends Param> = P extends { readonly oneOf: readonly (infer V)[] } ? V : ValueKinds[P['kind']]

/** One typed value per declared param, whatever the spelling outside. */
export type ParamsValues<P extends StepDefinition['params']> = {
  readonly [N in keyof P]: P[N] extends { readonly optional: true } ? ValueOf<P[N]> | undefined : ValueOf<P[N]>
}

/** What `run` receives. */
export type InputsOf<S extends StepDefinition> = ParamsValues<S['params']>

/** What `run` must return: one string per declared result, no more and no fewer. */
export type ResultsOf<S extends StepDefinition> = { readonly [N in keyof S['results']]: string }

/** Paths of the workspaces by name, as Tekton mounted them. */
export type WorkspacesOf<S extends StepDefinition> = { readonly [N in keyof S['workspaces']]: string }

/** Keeps the literal types of a step's declaration. */
export function defineStep<const S extends StepDefinition>(step: S): S {
  return step
}

/** The result that every step has beside its own. */
export const recordResult = { description: 'Id and SHA-256 of the audit record that the step printed.' } as const

/** All results of a step, the record's last. */
export function resultsOf(step: StepDefinition): Readonly<Record<string, Result>> {
  return step.sidecar === true ? step.results : { ...step.results, record: recordResult }
}

/** Whether people can compose it into Tasks of their own: what shares a volume with a sidecar is of use in the Task alone that has both. */
export function isStepAction(step: StepDefinition): boolean {
  return step.sealed !== true
}

/** Keys of the identity profile that every step with a token reads beside its params. */
export const networkKeys = ['https-proxy', 'no-proxy', 'ca.crt'] as const

/**
 * Keys of the profile that say where records go. Only of the profile: a param could send them, and the token that goes along, to a place of the
 * run's author, or let them be lost.
 */
export const sinkKeys = [
  'record-sink',
  'record-sink-mode',
  'record-sink-resource',
  'record-sink-failure',
  'record-sink-plain-http',
] as const

/** The param that names the image of a step that variants of it run, too. */
export const stepImageParam = 'step-image'

/** How a container starts a program of the step image. */
export const imageProgram = ['/nodejs/bin/node', '/app/main.js'] as const

/** Where a Task mounts the projected token; the step is told the path, it never assumes it. */
export const tokenMountPath = '/var/run/secrets/tekton-entra/token'

/** The token for Entra and the one for AWS, as the files of that volume are called. */
export const tokenFiles = { TOKEN_FILE: 'token', AWS_TOKEN_FILE: 'aws-token' } as const

/** Where a Task mounts the volume for temporary files; the step is told the path. */
export const scratchMountPath = '/var/run/tekton-entra/scratch'

/** Where a StepAction mounts the volume for what it hands over; the step is told the path. The Task's own steps do well to mount it there, too. */
export const handOverMountPath = '/var/run/tekton-entra/hand-over'

/** Where a Task mounts the volume that a sidecar and our steps share, and nobody else; both are told the path. */
export const sealedMountPath = '/var/run/tekton-entra/sealed'
/** Where Kubernetes puts the pod's own token for its API, and where the Task hides it from steps that do not ask. */
export const apiMountPath = '/var/run/secrets/kubernetes.io/serviceaccount'

/** What a param is called on a side of a step that acts as two; its own name where there are no sides. */
export function sidedName(side: string | undefined, name: string): string {
  return side === undefined ? name : `${side}-${name}`
}

/** Where a param's value may stand in an identity profile: the param that names the ConfigMap, and the key in it. */
export function profilePlace(name: string, { profileOf, profileKey }: Param): { of: string; key: string } {
  return { of: profileOf ?? 'identity', key: profileKey ?? name }
}

type EnvPrefix = 'ANNOTATION' | 'PARAM' | 'PROFILE' | 'WORKSPACE' | 'RESULT'

/** `role-arn` is `PARAM_ROLE_ARN` in the container. The one place where that spelling is known. */
export function envName(prefix: EnvPrefix, name: string): string {
  return `${prefix}_${name.replaceAll(/[-.]/g, '_').toUpperCase()}`
}

/** Env name → downward API field of what a step is told about its pod and its runs. */
export const contextFields = {
  POD_NAME: 'metadata.name',
  POD_NAMESPACE: 'metadata.namespace',
  POD_UID: 'metadata.uid',
  TASKRUN_NAME: "metadata.labels['tekton.dev/taskRun']",
  TASKRUN_UID: "metadata.labels['tekton.dev/taskRunUID']",
  PIPELINERUN_NAME: "metadata.labels['tekton.dev/pipelineRun']",
  PIPELINERUN_UID: "metadata.labels['tekton.dev/pipelineRunUID']",
  PIPELINE_TASK: "metadata.labels['tekton.dev/pipelineTask']",
} as const

/** Env name → downward API field of what a sidecar is told of the webhooks that change pods, beside what all are told. */
export const webhookFields = {
  POD_AKS_WEBHOOK: "metadata.labels['azure.workload.identity/use']",
  POD_AKS_SKIPPED: "metadata.annotations['azure.workload.identity/skip-containers']",
  POD_EKS_SKIPPED: "metadata.annotations['eks.amazonaws.com/skip-containers']",
} as const
