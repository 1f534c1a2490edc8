import { UnsupportedTask } from '../../test/sandbox/local-run/refusal.ts'
import { runTask, type LocalTaskResult } from '../../test/sandbox/local-run/run-task.ts'
import type { Task } from '../lib/catalog/task.ts'
import { CliError, exits } from './cli-error.ts'
import { readTextFile } from './clouds.ts'
import type { Given } from './command.ts'
import { watchForEnd } from './ending.ts'
import { identityOf, profileOf } from './identity.ts'
import { logOf, print, printJson } from './print.ts'
import { readProfile, type Profile } from './profile-file.ts'
import { parseServiceAccount, type ServiceAccount } from './service-account.ts'
import { openPlace, placeFaults, type Place } from './task-place.ts'
import { readParams, readWorkspaces, type Params } from './task-inputs.ts'
import { readTask, stepProgram } from './tasks.ts'

/** A TaskRun as the options say it. */
export type Asked = {
  readonly task: Task
  readonly params: Params
  readonly workspaces: Readonly<Record<string, string>>
  readonly serviceAccount: ServiceAccount | undefined
  readonly profile: Profile | undefined
}

/** Runs a Task and ends as its failing step did. */
export async function runTaskCommand(given: Given, host: NodeJS.Process): Promise<number> {
  const asked = await readAsked(given)
  await using place = await openPlace(given, host)
  const result = await runAt(place, asked, host)
  const exitCode = exitCodeOf(result)
  if (given.text('output') === 'text') await print(host, asText(result))
  else await printJson(host, asJson(asked.task, result, exitCode))
  return exitCode
}

/** All faults at once, before anything is started. */
async function readAsked(given: Given): Promise<Asked> {
  const task = readTask(given.positionals[0] ?? '')
  const faults = [...placeFaults(given)]
  const serviceAccount = readServiceAccount(given, faults)
  const params = readParams(task, given.texts('param'), { likeTekton: given.flag('like-tekton'), faults })
  const workspaces = readWorkspaces(task, given.texts('workspace'), faults)
  const file = given.text('profile')
  const profile = file === undefined ? undefined : readProfile(file, await readTextFile(file), faults)
  if (faults.length > 0) throw new CliError(faults, { remedy: `npx tekton-entra task ${task.metadata.name} --help` })
  return { task, params, workspaces, serviceAccount, profile }
}

/** Whose run it is, where that was said. Faults are told into the list. */
export function readServiceAccount(given: Given, faults: string[]): ServiceAccount | undefined {
  const account = given.text('service-account')
  const read = account === undefined ? undefined : parseServiceAccount(account)
  if (account !== undefined && read === undefined)
    faults.push(`--service-account: got "${account}", expected a namespace and a name such as ci/builder`)
  return read
}

/** Runs a Task at a place; what the steps say goes to standard error as they say it. */
export async function runAt(place: Place, asked: Asked, host: NodeJS.Process): Promise<LocalTaskResult> {
  const account = accountAt(place, asked)
  const ending = watchForEnd(host)
  let kill: (signal: NodeJS.Signals) => void = () => {}
  // The step is told, and ends in order, with its record.
  void ending.asked.then((signal) => kill(signal === 'SIGINT' ? 'SIGINT' : 'SIGTERM'))
  try {
    return await runTask({
      task: asked.task,
      params: asked.params,
      workspaces: asked.workspaces,
      namespace: account.namespace,
      serviceAccount: account.serviceAccount,
      configMaps: profilesOf(asked, { ...profileAt(place, asked, host), ...place.network }),
      mintToken: place.mintToken(account),
      program: stepProgram,
      extraEnv: columnsOf(host),
      onStderr: (text) => void host.stderr.write(text),
      onSpawn: (own) => {
        kill = own
        if (ending.signal.aborted) own('SIGTERM')
      },
    })
  } catch (error) {
    if (error instanceof UnsupportedTask) throw new CliError([error.message])
    throw error
  } finally {
    ending.stop()
  }
}

function accountAt({ config }: Place, { serviceAccount }: Asked): ServiceAccount {
  if (serviceAccount !== undefined) return serviceAccount
  // On the real clouds the token says who it is; the names are for the run's own context only.
  if (config === undefined) return { namespace: 'default', serviceAccount: 'default' }
  const account = parseServiceAccount(identityOf(config).serviceAccount ?? '')
  if (account !== undefined) return account
  throw new CliError(['no federated credential of this state trusts a service account: say who runs it'], {
    remedy: '--service-account NAMESPACE/NAME',
  })
}

/** Without a profile file: what the state of the clouds says, told, as nobody has written it down. */
function profileAt({ config }: Place, { profile, serviceAccount }: Asked, host: NodeJS.Process): Profile {
  if (profile !== undefined) return profile
  if (config === undefined) return {}
  const wanted =
    serviceAccount === undefined ? undefined : `${serviceAccount.namespace}/${serviceAccount.serviceAccount}`
  const known = identityOf(config, wanted)
  // Whoever is not trusted still asks as the client that others are: that is what a refusal is tried with.
  const derived = profileOf(known.clientId === undefined ? identityOf(config) : known)
  const keys = Object.entries(derived).map(([key, value]) => `${key}=${value}`)
  logOf(host).line('profile', `${keys.join(' ')}  (from the state of the clouds)`)
  return derived
}

/** Params that name a profile: of a Task with one identity, or of each side. */
const identityParam = /^((from|to)-)?identity$/

/** The profile under every name by which the Task asks for one. */
function profilesOf({ task, params }: Asked, profile: Profile): Record<string, Profile> {
  const declared = (task.spec.params ?? []).filter(({ name }) => identityParam.test(name))
  const names = declared.map(({ name, default: fallback }) => params[name] ?? fallback)
  return Object.fromEntries(
    [...names, 'entra-identity'].flatMap((name) => (typeof name === 'string' ? [[name, profile]] : [])),
  )
}

/** Steps wrap their prose as wide as the terminal is. */
function columnsOf({ stderr }: NodeJS.Process): Record<string, string> {
  return stderr.isTTY ? { COLUMNS: String(stderr.columns) } : {}
}

/** Of the step that failed the run; a run whose results Tekton would not take ends as a fault of the Task's YAML does. */
export function exitCodeOf({ succeeded, steps }: LocalTaskResult): number {
  return succeeded ? 0 : (steps.find(({ failed }) => failed)?.status ?? exits.usage)
}

function asJson({ metadata }: Task, result: LocalTaskResult, exitCode: number) {
  const steps = result.steps.map(({ name, status, skipped, milliseconds, stdout }) => {
    if (skipped) return { name, exitCode: status, skipped }
    return { name, exitCode: status, milliseconds: Math.round(milliseconds), ...recordOf(stdout) }
  })
  return { task: metadata.name, succeeded: result.succeeded, exitCode, results: result.results, steps }
}

/** The step's one line; what is no record stands there as it came. */
function recordOf(stdout: string): { record: unknown } | { stdout: string } {
  try {
    return { record: JSON.parse(stdout) as unknown }
  } catch {
    return { stdout }
  }
}

function asText({ results }: LocalTaskResult): string {
  return Object.entries(results)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
