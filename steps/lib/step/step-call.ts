import { systemClock } from '../core/clock.ts'
import type { Patience } from '../core/retry.ts'
import { version } from '../core/version.ts'
import type { RecordDraft, RunContext } from '../audit/record.ts'
import { createHttpClient, type HttpClient } from '../http/client.ts'
import { certificatesOf, trustCertificates } from '../http/trust.ts'
import { forgetAmbientVariables } from './ambient.ts'
import { tokenMountPath, type InputsOf, type StepDefinition, type WorkspacesOf } from './define-step.ts'
import { showDuration } from './duration.ts'
import type { Ending } from './ending.ts'
import { invalidInputs, parseInputs } from './inputs.ts'
import type { Log } from './log.ts'
import { createProgress, type Progress } from './progress.ts'

/** What every step has at hand. */
export type Services = {
  readonly context: RunContext
  readonly record: RecordDraft
  readonly log: Log
  readonly progress: Progress
  readonly http: HttpClient
  /** The run's patience, with the wait for propagation that the step chose. */
  readonly patience: (propagationWaitMs: number) => Patience
  readonly tokenPath: string
}

/** One call of a step. */
export type StepCall<S extends StepDefinition> = {
  readonly inputs: InputsOf<S>
  readonly workspaces: WorkspacesOf<S>
  readonly services: Services
}

type Opening = {
  readonly host: NodeJS.Process
  readonly context: RunContext
  readonly record: RecordDraft
  readonly log: Log
  readonly ending: Ending
  readonly overallDeadlineMs: number
}

/** Reads the environment once, prints what takes effect, and makes what the step works with. Throws INPUT_INVALID. */
export function openStepCall<const S extends StepDefinition>(step: S, opening: Opening): StepCall<S> {
  const { host, context, log } = opening
  const parsed = parseInputs(step, { env: host.env, args: host.argv.slice(3) })
  log.inputs(`${step.name} ${version}`, parsed.effective)
  const proxy = proxyOf(parsed.network, host.env)
  trustProfileCertificates(parsed.network['ca.crt'])
  const tokenPath = host.env['AZURE_FEDERATED_TOKEN_FILE'] || host.env['TOKEN_FILE'] || `${tokenMountPath}/token`
  forgetAmbientVariables(host.env)
  const services: Services = {
    context,
    record: opening.record,
    log,
    progress: createProgress(log, host.stderr, systemClock),
    http: createHttpClient({ userAgent: userAgentOf(step.name, context), proxy }),
    patience: (propagationWaitMs) => patienceOf(opening, propagationWaitMs),
    tokenPath,
  }
  return { inputs: parsed.inputs, workspaces: parsed.workspaces, services }
}

function patienceOf({ ending, log, overallDeadlineMs }: Opening, propagationWaitMs: number): Patience {
  return {
    clock: systemClock,
    random: Math.random,
    signal: ending.signal,
    deadlineAt: systemClock.now() + overallDeadlineMs,
    propagationWaitMs,
    onRetry: (error, waitMs) => log.line('retry', `${error.code} (${error.message}) again in ${showDuration(waitMs)}`),
  }
}

/** The profile's proxy, or the one that the cluster's administrators set in the pod's environment. */
function proxyOf(network: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv) {
  const httpsProxy = network['https-proxy'] || env['HTTPS_PROXY'] || env['https_proxy'] || ''
  if (httpsProxy !== '' && !URL.canParse(httpsProxy)) {
    const expected = 'a URL such as http://proxy.example:3128'
    // A proxy's URL may carry a password: what came is not shown.
    throw invalidInputs([{ param: 'https-proxy (profile or environment)', got: 'something else', expected }])
  }
  return { httpsProxy, noProxy: network['no-proxy'] || env['NO_PROXY'] || env['no_proxy'] || '' }
}

function trustProfileCertificates(pem: string | undefined): void {
  if (pem === undefined || pem === '') return
  if (certificatesOf(pem).length === 0) {
    throw invalidInputs([{ param: 'ca.crt (profile)', got: pem.slice(0, 40), expected: 'PEM certificates' }])
  }
  trustCertificates(pem)
}

function userAgentOf(step: string, context: RunContext): string {
  const taskRun = context.taskRun === '' ? '' : ` (TaskRun ${context.podNamespace}/${context.taskRun})`
  return `tekton-entra/${version} ${step}${taskRun}`
}
