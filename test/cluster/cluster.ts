import { join, resolve } from 'node:path'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
import type { Given } from '../../steps/cli/command.ts'
import { logOf, print } from '../../steps/cli/print.ts'
import { readArguments } from '../../steps/cli/read-arguments.ts'
import { bringUp } from './bring-up.ts'
import { clusterCommand, helpText } from './cluster-command.ts'
import { cacheFolder, placesIn } from './places.ts'
import { clusterStatus } from './cluster-status.ts'
import { stopCluster } from './stop-cluster.ts'

type Act = (given: Given, host: NodeJS.Process) => Promise<number>

/** What the words behind `npm run cluster --` do; each gives the exit status. */
const acts: Readonly<Record<string, Act>> = {
  up: async (given, host) => {
    const log = logOf(host)
    await print(host, await bringUp({ given, state: stateFolder(given), environment: host.env, log }))
    return 0
  },
  down: async (given, host) => {
    const places = placesIn(stateFolder(given))
    const was = await stopCluster(places)
    logOf(host).line('cluster', was ? 'gone' : `there was none in ${places.state}`)
    return 0
  },
  status: async (given, host) => {
    const { text, isReady } = await clusterStatus(placesIn(stateFolder(given)))
    await print(host, text)
    return isReady ? 0 : exits.unavailable
  },
}

function stateFolder(given: Given): string {
  return resolve(given.text('state') ?? join(cacheFolder(process.env), 'cluster'))
}

async function main(host: NodeJS.Process): Promise<number> {
  const { given, asksForHelp, faults } = readArguments(clusterCommand, host.argv.slice(2))
  if (asksForHelp) {
    await print(host, helpText())
    return 0
  }
  const [word = ''] = given.positionals
  const act = Object.hasOwn(acts, word) ? acts[word] : undefined
  const unknown = act === undefined && word !== '' ? [`unknown word "${word}", expected up, down or status`] : []
  if (act === undefined || faults.length > 0) {
    throw new CliError([...faults, ...unknown], { remedy: 'npm run cluster -- --help' })
  }
  return await act(given, host)
}

/** Runs the command and gives its exit status; it never throws. */
async function run(host: NodeJS.Process): Promise<number> {
  try {
    return await main(host)
  } catch (error) {
    const log = logOf(host)
    if (!(error instanceof CliError)) {
      log.line('bug', error instanceof Error ? (error.stack ?? error.message) : String(error))
      return exits.internal
    }
    for (const fault of error.faults) log.line('error', fault)
    if (error.remedy !== undefined) log.line('try', error.remedy)
    return error.exit
  }
}

process.exit(await run(process))
