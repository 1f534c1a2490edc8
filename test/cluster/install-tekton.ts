import type { Kubectl } from './kubectl.ts'
import type { TektonObject, TektonRelease } from './tekton-release.ts'
import { waitUntil } from './wait-until.ts'

/** Switches of Tekton in a cluster of ours, by ConfigMap. */
const switches: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // Else Pod Security `restricted` refuses Tekton's own containers. The default since 1.16.
  'feature-flags': { 'set-security-context': 'true' },
}

/** Hubs are on the internet: asked for at a closed port, they say at once that they are not there. */
const hubs = ['ARTIFACT_HUB_API', 'TEKTON_HUB_API'] as const
const NOWHERE = 'http://127.0.0.1:9/'

/** Namespaces of the release, whose Deployments must be there before it is ready. */
const namespaces = ['tekton-pipelines', 'tekton-pipelines-resolvers'] as const

/** What is needed to install Tekton in a cluster. */
export type Installation = {
  readonly kubectl: Kubectl
  readonly release: TektonRelease
  /** Settles when the node has the release's images. */
  readonly images: Promise<void>
}

/** Brings a release into the cluster; returns when its admission answers. */
export async function installTekton({ kubectl, release, images }: Installation): Promise<void> {
  const objects = release.objects.map(fitted)
  const isEarly = ({ kind }: TektonObject): boolean => kind === 'Namespace' || kind === 'CustomResourceDefinition'
  await kubectl.apply(objects.filter(isEarly))
  // Pods whose image is not there yet would be tried again only after a while.
  await images
  await kubectl.apply(objects.filter((object) => !isEarly(object)))
  await waitUntil(async () => ((await unavailable(kubectl)).length === 0 ? true : undefined), {
    what: `Deployments of Tekton ${release.version}`,
    seconds: 240,
    why: async () => `not available: ${(await unavailable(kubectl)).join(', ')}; see kubectl describe pods -A`,
  })
  await waitUntil(async () => ((await admits(kubectl)) ? true : undefined), { what: "Tekton's admission", seconds: 60 })
}

/** An object of the release as our cluster gets it. */
export function fitted(object: TektonObject): TektonObject {
  const { kind, metadata } = object
  if (kind === 'ConfigMap') return { ...object, data: { ...object.data, ...switches[metadata.name] } }
  const isResolver = kind === 'Deployment' && metadata.namespace === 'tekton-pipelines-resolvers'
  return isResolver ? withoutHubs(object as ResolverDeployment) : object
}

type Container = { readonly env?: readonly { readonly name: string; readonly value?: string }[] }
type ResolverDeployment = TektonObject & {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly Container[] } } }
}

function withoutHubs(deployment: ResolverDeployment): ResolverDeployment {
  const { spec } = deployment
  const containers = spec.template.spec.containers.map((container) => {
    const env = (container.env ?? []).filter(({ name }) => !hubs.some((hub) => hub === name))
    return { ...container, env: [...env, ...hubs.map((name) => ({ name, value: NOWHERE }))] }
  })
  return {
    ...deployment,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } },
  }
}

type Deployments = {
  readonly items: readonly {
    readonly metadata: { readonly name: string }
    readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
  }[]
}

/** Names of the Deployments that are not there yet; a namespace without any counts as one. */
async function unavailable(kubectl: Kubectl): Promise<readonly string[]> {
  const lists = await Promise.all(
    namespaces.map(async (namespace) => {
      const items = (await kubectl.get<Deployments>(['deployments', '-n', namespace]))?.items ?? []
      const late = items.filter(
        ({ status }) => !status?.conditions?.some((one) => one.type === 'Available' && one.status === 'True'),
      )
      return items.length === 0 ? [namespace] : late.map(({ metadata }) => metadata.name)
    }),
  )
  return lists.flat()
}

/** Its webhook writes its own certificate after it has started, and is asked by the API server only from then on. */
async function admits(kubectl: Kubectl): Promise<boolean> {
  const step = { name: 'wait', image: 'none.invalid/none:1', command: ['none'] }
  const task = { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name: 'probe' }, spec: { steps: [step] } }
  const { status } = await kubectl.try(['create', '--dry-run=server', '-f', '-'], JSON.stringify(task))
  return status === 0
}
