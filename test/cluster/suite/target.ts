import { CliError, exits } from '../../../steps/cli/cli-error.ts'
import { logOf } from '../../../steps/cli/print.ts'
import { SUITE_IMAGE } from '../image/build-suite-image.ts'
import { bringUp } from '../bring-up.ts'
import { defaultState } from '../cluster-command.ts'
import { isUp, readRecord, type ClusterRecord } from '../cluster-record.ts'
import { importImages } from '../images.ts'
import { kubectlFor, kubectlOf, type Kubectl } from '../kubectl.ts'
import { placesIn } from '../places.ts'
import { missingHere } from '../requirements.ts'
import { stopCluster } from '../stop-cluster.ts'
import { cachedRelease, hasRelease, tektonVersions } from '../tekton-release.ts'
import { freeVolumes } from '../volumes.ts'
import { taskImage } from './objects.ts'
import type { SuiteOptions } from './options.ts'
import { suiteImages } from './suite-images.ts'

/** The cluster that the suite runs on. */
export type Target = {
  readonly kubectl: Kubectl
  /** Version of Tekton as the cluster says it; undefined without it. */
  readonly tekton: string | undefined
  readonly images: { readonly steps: string; readonly suite: string }
}

/**
 * The cluster of the options' context, or one of this machine; why there is none, where this machine can have none. What is made for it and is
 * not to be kept goes onto the stack.
 */
export async function openTarget(
  options: SuiteOptions,
  host: NodeJS.Process,
  made: AsyncDisposableStack,
): Promise<Target | { readonly no: string }> {
  if (options.context !== undefined) return await contextTarget({ ...options, context: options.context })
  const missing = missingHere(host.env)
  if (missing.length > 0) return { no: `no cluster here: ${missing.join('; ')}` }
  return await ownTarget(options, host, made)
}

/** Throws a `CliError` that says why the suite cannot run on the cluster of a context; gives its version of Tekton. */
export async function requireTekton(context: string): Promise<string> {
  const kubectl = kubectlOf(['kubectl', '--context', context])
  const { status, stderr } = await kubectl.try(['version']).catch(noKubectl)
  if (status !== 0) throw new CliError([`--context ${context}: ${stderr.trim()}`], { exit: exits.unavailable })
  const tekton = (await kubectl.get<Info>(['configmap', 'pipelines-info', '-n', 'tekton-pipelines']))?.data?.version
  if (tekton !== undefined) return tekton
  throw new CliError([`--context ${context}: the cluster has no Tekton, or this user cannot see it`], {
    exit: exits.unavailable,
    remedy: 'kubectl apply -f RELEASE/release.yaml; test/cluster/README.md has the commands',
  })
}

type Info = { readonly data?: { readonly version?: string } }

function noKubectl(error: unknown): never {
  const words = error instanceof Error ? error.message : String(error)
  throw new CliError([`kubectl cannot be started: ${words}`], { exit: exits.unavailable })
}

async function contextTarget({
  context,
  image,
  suiteImage,
}: SuiteOptions & { readonly context: string }): Promise<Target> {
  const tekton = await requireTekton(context)
  const images = { steps: image ?? taskImage(), suite: suiteImage ?? SUITE_IMAGE }
  return { kubectl: kubectlOf(['kubectl', '--context', context]), tekton, images }
}

async function ownTarget(options: SuiteOptions, host: NodeJS.Process, made: AsyncDisposableStack): Promise<Target> {
  const log = logOf(host)
  const places = placesIn(defaultState(host.env))
  const there = readRecord(places)
  if (isUp(there)) refuseOtherTekton(there, options)
  const archives = await suiteImages((text) => log.line('images', text))
  const tekton = options.tekton ?? (hasTekton(options, host.env) ? undefined : 'none')
  if (!isUp(there) && !options.keep) made.defer(async () => void (await stopCluster(places)))
  const { state } = places
  await bringUp({ tekton, tektonDir: options.tektonDir, state, environment: host.env, log })
  const record = readRecord(places)
  if (record === undefined) throw new Error(`no cluster in ${state} after it was brought up`)
  const kubectl = kubectlFor(record.programs, places.kubeconfig)
  await importImages(record.first, archives, places)
  await freeVolumes(kubectl, places)
  return { kubectl, tekton: record.tekton, images: { steps: taskImage(), suite: SUITE_IMAGE } }
}

/** A cluster that is up is used as it is: it must be what was asked for. */
function refuseOtherTekton({ tekton = 'none' }: ClusterRecord, { tekton: wanted = tekton }: SuiteOptions): void {
  if (tekton === wanted) return
  throw new CliError([`--tekton ${wanted}: the cluster that is up has ${tekton}`], {
    remedy: 'npm run cluster -- down',
  })
}

/** Where no release is at hand the suite still runs what Kubernetes itself can show; a release that was asked for must be there. */
function hasTekton({ tektonDir }: SuiteOptions, environment: NodeJS.ProcessEnv): boolean {
  if (tektonDir !== undefined || (environment['TEKTON_DIR'] ?? '') !== '') return true
  return hasRelease(cachedRelease(tektonVersions.newest, environment))
}
