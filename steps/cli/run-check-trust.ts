import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { CliError } from './cli-error.ts'
import { readTextFile } from './clouds.ts'
import type { Given } from './command.ts'
import { print } from './print.ts'
import { readProfile } from './profile-file.ts'
import { exitCodeOf, readServiceAccount, runAt, type Asked } from './run-task-command.ts'
import type { Params } from './task-inputs.ts'
import { openPlace, realPlace, type Place } from './task-place.ts'
import { readTask } from './tasks.ts'
import { pathParams, trustParams } from './trust-params.ts'

/** Runs the Task check-trust on this machine: the verdict on standard output, table and record on standard error. */
export async function runCheckTrust(given: Given, host: NodeJS.Process): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-trust-'))
  try {
    const report = resolve(given.text('report-file') ?? join(folder, 'verdict.json'))
    const asked = await readAsked(given, report)
    await using place = await openTrustPlace(given, host)
    const result = await runAt(place, asked, host)
    // The step's own record: in a pod it is all that standard output has.
    host.stderr.write(result.steps.map(({ stdout }) => stdout).join(''))
    await print(host, given.text('output') === 'json' ? await verdictIn(report) : asText(result.statusResults))
    return exitCodeOf(result)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** All faults at once, before anything is started; those of the params are the step's own to tell. */
async function readAsked(given: Given, report: string): Promise<Asked> {
  const faults = [...placeFaults(given)]
  const serviceAccount = readServiceAccount(given, faults)
  const file = given.text('profile')
  const profile = file === undefined ? undefined : readProfile(file, await readTextFile(file), faults)
  if (faults.length > 0) throw new CliError(faults, { remedy: 'npx tekton-entra check-trust --help' })
  const params = { ...paramsOf(given), 'report-file': report }
  return { task: readTask('check-trust'), params, workspaces: {}, serviceAccount, profile }
}

function paramsOf(given: Given): Params {
  const params: Record<string, string | readonly string[]> = {}
  for (const [name, { kind }] of trustParams()) {
    const values = given.texts(name).map((value) => (pathParams.includes(name) ? resolve(value) : value))
    if (values.length > 0) params[name] = kind === 'list' ? values : (values[0] ?? '')
  }
  return params
}

function placeFaults(given: Given): readonly string[] {
  const ways = ['token-file', 'fresh', 'config', 'state'].filter((name) => given.texts(name).length > 0)
  const isAlone = given.text('aws-token-file') !== undefined && given.text('token-file') === undefined
  return [
    ...(ways.length > 1 ? [`${ways.map((name) => `--${name}`).join(' and ')} are different places: give one`] : []),
    ...(isAlone ? ['--aws-token-file needs --token-file: the sandbox mints tokens itself'] : []),
  ]
}

async function openTrustPlace(given: Given, host: NodeJS.Process): Promise<Place> {
  const [token, aws] = [given.text('token-file'), given.text('aws-token-file')]
  if (token === undefined) return await openPlace(given, host)
  const audience = given.text('aws-token-audience') ?? 'sts.amazonaws.com'
  return await realPlace(token, aws === undefined ? undefined : { file: aws, audience })
}

/** On one line, as every command prints JSON. A run that was refused before it looked at anything has none. */
async function verdictIn(report: string): Promise<string> {
  const text = await readFile(report, 'utf8').catch(() => undefined)
  return text === undefined ? '' : `${JSON.stringify(JSON.parse(text))}\n`
}

function asText(results: Readonly<Record<string, string>>): string {
  return Object.entries(results)
    .filter(([name]) => name !== 'record')
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}
