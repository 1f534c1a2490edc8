import { systemClock } from '../core/clock.ts'
import type { Patience } from '../core/retry.ts'
import { version } from '../core/version.ts'
import type { RecordDraft, RunContext } from '../audit/record.ts'
import type { BindingVariables } from '../azure/identity-binding.ts'
import { createHttpClient, type HttpClient } from '../http/client.ts'
import { trustCertificates } from '../http/trust.ts'
import { readBindingVariables } from './binding-variables.ts'
import { forgetAmbientVariables } from './ambient.ts'
import { tokenFiles, tokenMountPath, type InputsOf, type StepDefinition, type WorkspacesOf } from './define-step.ts'
import { showDuration } from './duration.ts'
import type { Ending } from './ending.ts'
import type { RawInputs } from './find-value.ts'
import { parseInputs } from './inputs.ts'
import type { Log } from './log.ts'
import { createProgress, type Progress } from './progress.ts'

/** What every step has at hand. */
export type Services = {
  readonly context: RunContext
  readonly record: RecordDraft
  readonly log: Log
  readonly progress: Progress
  readonly http: HttpClient
  /** Aborts when the run has to stop. */
  readonly signal: AbortSignal
  /** The run's patience, with the wait for propagation that the step chose. */
  readonly patience: (propagationWaitMs: number) => Patience
  readonly tokenPath: string
  /** The projected token for AWS itself (`aws-identity: cluster`). */
  readonly awsTokenPath: string
  /** Where an AKS cluster with identity bindings has its token proxy, as its webhook says. */
  readonly binding: BindingVariables
  /** The folder for temporary files; `''` where the step was given none. */
  readonly scratch: string
  /** The volume for what is handed over to later steps; `''` where the step was given none. */
  readonly handOver: string
  /** The volume that only a sidecar and our steps mount; `''` where the step was given none. */
  readonly sealed: string
  /** Id of the record of this process. */
  readonly recordId: string
  /** What the step was called with, as it came. */
  readonly given: RawInputs
}

/** One call of a step. */
export type StepCall<S extends StepDefinition> = {
  readonly inputs: InputsOf<S>
  readonly workspaces: WorkspacesOf<S>
  /** Texts of the step's annotations by name; one that the pod does not have is absent. */
  readonly annotations: Readonly<Record<string, string>>
  readonly services: Services
}

type Opening = {
  readonly host: NodeJS.Process
  /** The environment as the process was started with. */
  readonly env: RawInputs['env']
  readonly id: string
  readonly context: RunContext
  readonly record: RecordDraft
  readonly log: Log
  readonly ending: Ending
}

/** The param that sets a step's overall deadline, and what holds where a step has none: Tekton's own default for a TaskRun. */
const timeoutParam = 'timeout'
const defaultTimeoutMs = 60 * 60 * 1000

/** Reads the environment once, prints what takes effect, and makes what the step works with. Throws INPUT_INVALID. */
export function openStepCall<const S extends StepDefinition>(step: S, opening: Opening): StepCall<S> {
  const { host, env, context, log, ending } = opening
  const startedAt = systemClock.now()
  const given: RawInputs = { env, args: host.argv.slice(3) }
  const parsed = parseInputs(step, given, (effective) => log.inputs(`${step.name} ${version}`, effective))
  const timeout: unknown = Reflect.get(parsed.inputs, timeoutParam)
  const timeoutMs = typeof timeout === 'number' ? timeout : defaultTimeoutMs
  ending.endAfter(timeoutMs, `${showDuration(timeoutMs)} (the param timeout)`)
  const { caCertificates, ...proxy } = parsed.network
  if (caCertificates !== '') trustCertificates(caCertificates)
  const tokens = tokensOf(host.env)
  forgetAmbientVariables(host.env)
  const services: Services = {
    context,
    record: opening.record,
    log,
    progress: createProgress(log, host.stderr, systemClock),
    http: createHttpClient({ userAgent: userAgentOf(step.name, context), proxy }),
    signal: ending.signal,
    patience: (propagationWaitMs) => patienceOf(opening, { propagationWaitMs, deadlineAt: startedAt + timeoutMs }),
    ...tokens,
    scratch: parsed.scratch,
    handOver: parsed.handOver,
    sealed: parsed.sealed,
    recordId: opening.id,
    given,
  }
  return { inputs: parsed.inputs, workspaces: parsed.workspaces, annotations: parsed.annotations, services }
}

/** Where the projected tokens lie: where the AKS webhook says, else where the Task says; and what that webhook says of a binding. */
export function tokensOf(
  env: Readonly<Record<string, string | undefined>>,
): Pick<Services, 'tokenPath' | 'awsTokenPath' | 'binding'> {
  const mounted = (name: keyof typeof tokenFiles) => env[name] || `${tokenMountPath}/${tokenFiles[name]}`
  return {
    tokenPath: env['AZURE_FEDERATED_TOKEN_FILE'] || mounted('TOKEN_FILE'),
    awsTokenPath: mounted('AWS_TOKEN_FILE'),
    binding: readBindingVariables(env),
  }
}

function patienceOf({ ending, log }: Opening, times: Pick<Patience, 'propagationWaitMs' | 'deadlineAt'>): Patience {
  return {
    clock: systemClock,
    random: Math.random,
    signal: ending.signal,
    ...times,
    onRetry: (error, waitMs) => log.line('retry', `${error.code} (${error.message}) again in ${showDuration(waitMs)}`),
  }
}

/** Who asks, as other sides' logs show it: version, step and TaskRun. */
export function userAgentOf(step: string, context: RunContext): string {
  const taskRun = context.taskRun === '' ? '' : ` (TaskRun ${context.podNamespace}/${context.taskRun})`
  return `tekton-entra/${version} ${step}${taskRun}`
}
