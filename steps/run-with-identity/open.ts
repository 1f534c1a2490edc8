import { asStepError, stepError } from '../lib/core/errors.ts'
import { isObject } from '../lib/core/strict-json.ts'
import { heardError } from '../lib/core/told-error.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { askBroker } from './ask-broker.ts'
import { controlPaths } from './control.ts'
import { addressOf } from './front.ts'
import { isThere, readEnd, readSecret } from './sealed-folder.ts'
import type { around } from './step.ts'
import { objectOf } from '../lib/core/loose-json.ts'

type Step = (typeof around)['open']

/** The broker's first exchanges take as long as Entra and STS do, and a trust that is new is waited for. */
const withinMs = 5 * 60_000

/** Lets the run go on when the broker hands out. Throws the broker's own error; BROKER_UNREACHABLE, BROKER_FOLDER_UNUSABLE. */
export async function openIdentity({ inputs, services }: StepCall<Step>): Promise<ResultsOf<Step>> {
  const { log, record, signal, sealed } = services
  const [answer] = await askBroker({
    port: inputs.port,
    path: controlPaths.open,
    secret: secretOf(sealed, inputs.port),
    signal,
    withinMs,
  }).catch((error: unknown) => {
    throw endedError(sealed) ?? asStepError(error)
  })
  const { broker, dryRun, offers, environment, error } = objectOf(answer)
  record.action({ target: `broker ${String(broker)}`, broker: String(broker) })
  if (error !== undefined)
    throw heardError(error) ?? stepError('INTERNAL', { reason: 'the broker told no error of ours' })
  record.action({ dryRun: dryRun === true })
  for (const text of Array.isArray(offers) ? offers : []) log.line(dryRun === true ? 'plan' : 'offer', String(text))
  if (dryRun === true) log.line('dry run', 'Nothing is handed out, and the command does not run.')
  const valueOf = (name: string) => {
    const value = isObject(environment) && dryRun !== true ? environment[name] : undefined
    return typeof value === 'string' ? value : ''
  }
  return {
    run: dryRun === false ? 'yes' : 'no',
    'docker-config': valueOf('docker-config'),
    'registry-auth-file': valueOf('registry-auth-file'),
    kubeconfig: valueOf('kubeconfig'),
    'azure-token-endpoint': valueOf('azure-token-endpoint'),
    'aws-credentials-uri': valueOf('aws-credentials-uri'),
    'aws-region': valueOf('aws-region'),
    'azure-endpoint': valueOf('azure-endpoint'),
    'azure-authority-host': valueOf('azure-authority-host'),
  }
}

/** Throws what the broker has said of its end, where it has said so, else BROKER_UNREACHABLE: it has not even made its secret. */
function secretOf(folder: string, port: number) {
  try {
    return readSecret(folder)
  } catch (error) {
    throw endedError(folder) ?? (isThere(folder) ? asStepError(error) : neverStarted(port))
  }
}

function neverStarted(port: number) {
  const reason = 'it has not come so far as to make its secret'
  return stepError('BROKER_UNREACHABLE', { address: addressOf(port), reason })
}

function endedError(folder: string) {
  const end = readEnd(folder)
  return end?.error === undefined ? undefined : heardError(end.error)
}
