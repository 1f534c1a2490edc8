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
import { logOf, print, printJson } from './print.ts'
import { tellClients } from './client-hints.ts'
import { claimFolder, stateFileOf, stateFolder } from './state-folder.ts'

/** Brings the sandbox up and leaves it up until it is asked to end. */
export async function runSandbox(given: Given, host: NodeJS.Process): Promise<number> {
  const port = readPort(given.text('port'))
  const config = await readClouds(given.text('config'))
  if (given.flag('print-config')) {
    await print(host, stringify(config, { aliasDuplicateObjects: false }))
    return 0
  }
  const ending = watchForEnd(host)
  const folder = stateFolder(given.text('state'), host.env)
  const claimed = await claimFolder(folder)
  const journal = createWatchedJournal()
  try {
    await using sandbox = await startOnPort(config, { port, journal })
    const faults = createSwitchedFaults(sandbox.faults)
    const description = (control: Control) => describe({ sandbox, folder, control, pid: host.pid })
    await using control: Control = await openControl(() => ({
      sandbox,
      faults,
      journal,
      description: description(control),
    }))
    const described = description(control)
    await claimed.announce(
      { ...described, caPem: sandbox.caPem, controlToken: control.token },
      { 'ca.crt': sandbox.caPem, 'env.sh': environmentFile(described.environment) },
    )
    await printJson(host, described)
    tellClients(host, described)
    await ending.asked
    return tellCrashes(sandbox, host)
  } finally {
    await claimed.leave()
    ending.stop()
  }
}

function readPort(text: string | undefined): number {
  const port = Number(text ?? '0')
  if (/^\d{1,5}$/.test(text ?? '0') && port <= 65_535) return port
  throw new CliError([`--port: got "${text}", expected a number from 0 to 65535`])
}

async function startOnPort(config: Sandbox['world']['config'], options: { port: number; journal: Sandbox['journal'] }) {
  try {
    return await startSandbox(config, { ...options, remember: 'recent' })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code !== 'EADDRINUSE' && code !== 'EACCES') throw error
    throw new CliError([`--port: ${options.port} cannot be used (${code})`], { exit: exits.unavailable })
  }
}

type Described = { readonly sandbox: Sandbox; readonly folder: string; readonly control: Control; readonly pid: number }

function describe({ sandbox, folder, control, pid }: Described): SandboxDescription {
  const caFile = join(folder, 'ca.crt')
  return {
    pid,
    proxy: sandbox.proxyUrl,
    caFile,
    state: folder,
    control: { url: control.url, stateFile: stateFileOf(folder) },
    hosts: hostsOf(sandbox.world.config, sandbox.standIns),
    environment: clientEnvironment(sandbox.environment(), caFile),
    config: sandbox.world.config,
  }
}

/** A stand-in that threw has answered nonsense: nobody should trust what was tried on it. */
function tellCrashes({ crashes }: Sandbox, host: NodeJS.Process): number {
  for (const crash of crashes) logOf(host).line('bug', crash instanceof Error ? (crash.stack ?? '') : String(crash))
  return crashes.length === 0 ? 0 : exits.internal
}
