import { resolve, join } from 'node:path'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
import type { Command, Given, Option } from '../../steps/cli/command.ts'
import { logOf, print } from '../../steps/cli/print.ts'
import { bringUp } from './bring-up.ts'
import { clusterStatus } from './cluster-status.ts'
import { cacheFolder, placesIn } from './places.ts'
import { stopCluster } from './stop-cluster.ts'
import { tektonVersions } from './tekton-release.ts'

/** Which release of Tekton a cluster of this machine gets. */
export const tektonOptions: Readonly<Record<'tekton' | 'tekton-dir', Option>> = {
  tekton: {
    takes: 'VERSION',
    summary: `Release of Tekton, or none. Default: ${tektonVersions.newest}, the newest LTS; the oldest is ${tektonVersions.oldest}.`,
  },
  'tekton-dir': {
    takes: 'DIR',
    summary:
      'Folder with its release.yaml and images. Default: TEKTON_DIR, else ~/.cache/tekton-entra/tekton-VERSION, fetched when absent.',
  },
}

/** `npm run cluster --`: makes a cluster on this machine, tells of it, takes it away. */
export const clusterCommand: Command = {
  name: 'cluster',
  summary:
    'A Kubernetes of one node, with Tekton, on this machine, for the tests: Linux, root and Go, no container engine.',
  usage: 'up|down|status [options]',
  positionals: { least: 1, most: 1 },
  options: {
    state: { takes: 'DIR', summary: 'State folder; one cluster in each. Default: ~/.cache/tekton-entra/cluster.' },
    ...tektonOptions,
  },
  details: [],
  examples: [],
  run: async (given, host) => {
    const [word = ''] = given.positionals
    const act = Object.hasOwn(acts, word) ? acts[word] : undefined
    if (act !== undefined) return await act(given, host)
    throw new CliError([`unknown word "${word}", expected up, down or status`], {
      remedy: 'npm run cluster -- --help',
    })
  },
}

type Act = (given: Given, host: NodeJS.Process) => Promise<number>

/** What the words behind `npm run cluster --` do; each gives the exit status. */
const acts: Readonly<Record<string, Act>> = {
  up: async (given, host) => {
    const log = logOf(host)
    const release = { tekton: given.text('tekton'), tektonDir: given.text('tekton-dir') }
    await print(host, await bringUp({ ...release, state: stateFolder(given), environment: host.env, log }))
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

/** Where the cluster is that nobody has named another folder for. */
export function defaultState(environment: NodeJS.ProcessEnv): string {
  return join(cacheFolder(environment), 'cluster')
}

function stateFolder(given: Given): string {
  return resolve(given.text('state') ?? defaultState(process.env))
}
