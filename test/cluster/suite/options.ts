/** What the suite was asked for, by the command line. */
export type SuiteOptions = {
  /** Context of the caller's own kubeconfig: a cluster with Tekton that is there already. Absent: a cluster of this machine. */
  readonly context?: string
  /** Step image that the cluster can get, in the place of the one that the Tasks name. */
  readonly image?: string
  /** Image of the sandbox and of the suite's other programs. */
  readonly suiteImage?: string
  /** Leaves the cluster of this machine, the namespaces and all that is in them. */
  readonly keep: boolean
  /** Release of Tekton for the cluster of this machine: a version, or `none`. */
  readonly tekton?: string
  readonly tektonDir?: string
}

/** Variable by which the options reach the tests' process. */
const VARIABLE = 'TEKTON_ENTRA_SUITE'

/** The environment of the tests' process. */
export function withOptions(environment: NodeJS.ProcessEnv, options: SuiteOptions): NodeJS.ProcessEnv {
  return { ...environment, [VARIABLE]: JSON.stringify(options) }
}

/** The options that the command was given; the defaults where the tests were started without it. */
export function readOptions(environment: NodeJS.ProcessEnv): SuiteOptions {
  const text = environment[VARIABLE]
  if (text === undefined) return { keep: false }
  const options: SuiteOptions = JSON.parse(text)
  return options
}
