import { existsSync, readdirSync } from 'node:fs'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
import type { Log } from '../../steps/lib/step/log.ts'
import { isUp, readRecord, writeRecord, type ClusterRecord } from './cluster-record.ts'
import { describeCluster } from './cluster-status.ts'
import { installTekton } from './install-tekton.ts'
import { kubectlFor } from './kubectl.ts'
import { kubernetesPrograms } from './kubernetes-programs.ts'
import { placesIn, type Places } from './places.ts'
import { requireAll } from './requirements.ts'
import { startCluster } from './start-cluster.ts'
import { stopCluster } from './stop-cluster.ts'
import { findRelease, type TektonRelease } from './tekton-release.ts'

export type UpCall = {
  /** Release of Tekton as the options say it: a version or `none`, or a folder. */
  readonly tekton?: string | undefined
  readonly tektonDir?: string | undefined
  readonly state: string
  readonly environment: NodeJS.ProcessEnv
  readonly log: Log
}

/** `up`: makes the cluster, unless it is there, and gives the text that says how to use it. */
export async function bringUp(call: UpCall): Promise<string> {
  const { state, environment, log } = call
  const places = placesIn(state)
  const there = readRecord(places)
  if (isUp(there)) return describeCluster(places, there)
  // Read before anything is started: what is missing is told in a second, not after the build.
  const release = await chosenRelease(call)
  requireAll(environment)
  await emptyState(places)
  const programs = await kubernetesPrograms(environment, (text) => log.line('cluster', text))
  const started = performance.now()
  const seconds = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`
  const { record, images } = await startCluster(places, programs, release?.archives ?? [])
  log.line('cluster', `Kubernetes ${record.kubernetes}: node ready after ${seconds()}`)
  const done = release === undefined ? record : await withTekton(places, record, { release, images })
  if (release !== undefined) log.line('cluster', `Tekton ${release.version}: ready after ${seconds()}`)
  return describeCluster(places, done)
}

async function chosenRelease({
  tekton: version,
  tektonDir: folder,
  environment,
  log,
}: UpCall): Promise<TektonRelease | undefined> {
  if (version === 'none') {
    if (folder !== undefined) throw new CliError(['--tekton none and --tekton-dir contradict each other'])
    return undefined
  }
  const choice = { ...(folder && { folder }), ...(version && { version }) }
  return await findRelease(choice, environment, (text) => log.line('cluster', text))
}

type Delivery = { readonly release: TektonRelease; readonly images: Promise<void> }

async function withTekton(
  places: Places,
  record: ClusterRecord,
  { release, images }: Delivery,
): Promise<ClusterRecord> {
  const kubectl = kubectlFor(record.programs, places.kubeconfig)
  await installTekton({ kubectl, release, images })
  const done = { ...record, tekton: release.version }
  writeRecord(places, done)
  return done
}

/** What a cluster left that was not taken down goes; a folder of somebody else's does not. */
async function emptyState(places: Places): Promise<void> {
  if (await stopCluster(places)) return
  if (existsSync(places.state) && readdirSync(places.state).length > 0) {
    throw new CliError([`${places.state} is not empty, and no state folder of a cluster`], {
      exit: exits.usage,
      remedy: 'name another one with --state',
    })
  }
}
