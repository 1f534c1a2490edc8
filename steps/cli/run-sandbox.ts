import { join } from 'node:path'
import { stringify } from 'yaml'
import { clientEnvironment, environmentFile } from '../../test/sandbox/control/client-environment.ts'
import { openControl } from '../../test/sandbox/control/control.ts'
import type { Control } from '../../test/sandbox/control/control.ts'
import type { SandboxDescription } from '../../test/sandbox/control/description.ts'
import { createSwitchedFaults } from '../../test/sandbox/control/switched-faults.ts'
import { createWatchedJournal } from '../../test/sandbox/control/watched-journal.ts'
import { hostsOf } from '../../test/sandbox/hosts.ts'
import { startSandbox } from '../../test/sandbox/sandbox.ts'
import type { Sandbox } from '../../test/sandbox/sandbox.ts'
import { CliError, exits } from './cli-error.ts'
import { readClouds } from './clouds.ts'
import type { Given } from './command.ts'
import { watchForEnd } from './ending.ts'
import { advertisedUrl, listeningWarning, readListening } from './listen-options.ts'
import type { Listening } from './listen-options.ts'
import { logOf, print, printJson } from './print.ts'
import { tellClients } from './client-hints.ts'
import { claimFolder, stateFileOf, stateFolder } from './state-folder.ts'

/** Brings the sandbox up and leaves it up until it is asked to end. */
export async function runSandbox(given: Given, host: NodeJS.Process): Promise<number> {
  const listening = await readListening(given)
  const config = await readClouds(given.text('config'))
  if (given.flag('print-config')) {
    await print(host, stringify(config, { aliasDuplicateObjects: false }))
    return 0
  }
  const ending = watchForEnd(host)
  const folder = stateFolder(given.text('state'), host.env)
  const claimed = await claimFolder(folder)
  const remember = given.text('remember') === 'everything' ? 'everything' : 'recent'
  const journal = createWatchedJournal(remember === 'everything' ? Number.POSITIVE_INFINITY : undefined)
  const { address, port, controlPort, controlToken } = listening
  try {
    await using sandbox = await whereUsable('port', { address, port }, async (at) => {
      return await startSandbox(config, { at, journal, remember })
    })
    const faults = createSwitchedFaults(sandbox.faults)
    const description = (control: Control) => describe({ sandbox, folder, control, pid: host.pid, listening })
    await using control: Control = await whereUsable('control-port', { address, port: controlPort }, async (at) => {
      const controlled = () => ({ sandbox, faults, journal, description: description(control) })
      return await openControl(controlled, { at, token: controlToken })
    })
    const described = description(control)
    await claimed.announce(
      { ...described, controlToken: control.token },
      { 'ca.crt': described.caPem, 'env.sh': environmentFile(described.environment) },
    )
    await printJson(host, described)
    tellClients(host, described)
    tellListening(host, listening)
    await ending.asked
    return tellCrashes(sandbox, host)
  } finally {
    await claimed.leave()
    ending.stop()
  }
}

type Place = Pick<Listening, 'address' | 'port'>

/** Starts something there, or says which option names a place that cannot be had. */
async function whereUsable<T>(portOption: string, at: Place, start: (at: Place) => Promise<T>): Promise<T> {
  try {
    return await start(at)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const faults: Readonly<Record<string, string>> = {
      EADDRINUSE: `--${portOption}: ${at.port} cannot be used (EADDRINUSE)`,
      EACCES: `--${portOption}: ${at.port} cannot be used (EACCES)`,
      EADDRNOTAVAIL: `--listen: this machine does not have ${at.address} (EADDRNOTAVAIL)`,
    }
    const fault = faults[String(code)]
    if (fault === undefined) throw error
    throw new CliError([fault], { exit: exits.unavailable })
  }
}

type Described = {
  readonly sandbox: Sandbox
  readonly folder: string
  readonly control: Control
  readonly pid: number
  readonly listening: Listening
}

function describe({ sandbox, folder, control, pid, listening }: Described): SandboxDescription {
  const caFile = join(folder, 'ca.crt')
  const proxy = advertisedUrl(sandbox.proxyUrl, listening)
  return {
    pid,
    proxy,
    caFile,
    caPem: sandbox.caPem,
    state: folder,
    control: { url: control.url, stateFile: stateFileOf(folder) },
    hosts: hostsOf(sandbox.world.config, sandbox.standIns),
    environment: clientEnvironment(proxy, caFile),
    config: sandbox.world.config,
  }
}

function tellListening(host: NodeJS.Process, listening: Listening): void {
  const warning = listeningWarning(listening)
  if (warning !== undefined) logOf(host).line('warning', warning)
}

/** A stand-in that threw has answered nonsense: nobody should trust what was tried on it. */
function tellCrashes({ crashes }: Sandbox, host: NodeJS.Process): number {
  for (const crash of crashes) logOf(host).line('bug', crash instanceof Error ? (crash.stack ?? '') : String(crash))
  return crashes.length === 0 ? 0 : exits.internal
}
