import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { ask } from '../../../steps/cli/control-client.ts'
import { logOf } from '../../../steps/cli/print.ts'
import { example } from '../../sandbox/example-cloud.ts'
import type { Kubectl } from '../kubectl.ts'
import { makeNamespace } from '../pods.ts'
import { allStepActions, allTasks, withStepImage, type KubernetesObject } from './objects.ts'
import { readOptions } from './options.ts'
import { forwardPort, type Forward } from './port-forward.ts'
import { CONTROL_PORT, SANDBOX, startSandboxPod } from './sandbox-pod.ts'
import type { Namespaces, Stage } from './stage.ts'
import { openTarget, type Target } from './target.ts'

/** Before the first test: the cluster, namespaces of the suite's own, the sandbox in one of them, the trust and the Tasks in the others. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const options = readOptions(process.env)
  const target = await openTarget(options, process)
  if ('no' in target) {
    project.provide('stage', target)
    return async () => {}
  }
  const namespaces = namesOf(randomBytes(3).toString('hex'))
  const opened: OpenClouds[] = []
  const leave = async (): Promise<void> => {
    // What is to be taken away goes, also when the clouds are not there any more.
    const crashes = await crashesOf(opened).catch((error: unknown) => [String(error)])
    for (const { forward } of opened) await forward.close()
    const names = Object.values(namespaces)
    if (options.keep) logOf(process).line('kept', `kubectl delete namespace ${names.join(' ')} takes it away`)
    else await removeNamespaces(target.kubectl, names)
    await target.leave()
    // A stand-in that threw has answered nonsense: nothing that was tried on it is worth anything.
    if (crashes.length > 0) throw new Error(`stand-ins crashed: ${crashes.join('\n')}`)
  }
  try {
    const stage = await furnish(target, namespaces, (clouds) => opened.push(clouds))
    project.provide('stage', stage)
    return leave
  } catch (error) {
    await leave()
    throw error
  }
}

/** The clouds of this run, and the way to them. */
type OpenClouds = { readonly forward: Forward; readonly controlToken: string }

async function crashesOf(opened: readonly OpenClouds[]): Promise<readonly string[]> {
  const found = await Promise.all(
    opened.map(async ({ forward, controlToken }) => {
      const { json } = await ask({ control: { url: forward.url }, controlToken }, { method: 'GET', path: '/crashes' })
      return (json as { readonly crashes: readonly string[] }).crashes
    }),
  )
  return found.flat()
}

function namesOf(run: string): Namespaces {
  const name = (part: string): string => `tekton-entra-suite-${run}-${part}`
  return { ci: name('ci'), build: name('build'), other: name('other'), sandbox: name('sandbox') }
}

async function furnish(
  { kubectl, images, tekton }: Target,
  namespaces: Namespaces,
  opened: (clouds: OpenClouds) => void,
): Promise<Stage> {
  const { build, ...restricted } = namespaces
  await Promise.all([
    makeNamespace(kubectl, build, 'baseline'),
    ...Object.values(restricted).map((name) => makeNamespace(kubectl, name)),
  ])
  const issuer = await issuerOf(kubectl)
  const clouds = { issuer, apiServer: await apiServerOf(kubectl), trusted: [namespaces.ci, namespaces.build] }
  const sandbox = await startSandboxPod(kubectl, { namespace: namespaces.sandbox, image: images.suite, clouds })
  const forward = await forwardPort(kubectl, { namespace: namespaces.sandbox, pod: SANDBOX, port: CONTROL_PORT })
  opened({ forward, controlToken: sandbox.controlToken })
  const definitions = tekton === undefined ? [] : [...allTasks(), ...allStepActions()]
  const shared = [identityProfile(sandbox), account('builder'), account('intruder'), ...definitions]
  for (const namespace of [namespaces.ci, namespaces.build, namespaces.other]) {
    await kubectl.apply(shared.map((object) => withStepImage(inNamespace(object, namespace), images.steps)))
  }
  return {
    program: kubectl.program,
    tekton,
    images,
    issuer,
    namespaces,
    sandbox: { ...sandbox, controlUrl: forward.url },
  }
}

/** The issuer as the API server says it: for its tokens the suite's clouds are made. */
async function issuerOf(kubectl: Kubectl): Promise<string> {
  const discovery: { issuer: string } = JSON.parse(
    await kubectl.run(['get', '--raw', '/.well-known/openid-configuration']),
  )
  return discovery.issuer
}

/** The address at which all pods find the API server; its certificate is for that address too. */
async function apiServerOf(kubectl: Kubectl): Promise<string> {
  return `https://${await kubectl.run(['get', 'service', 'kubernetes', '-n', 'default', '-o', 'jsonpath={.spec.clusterIP}'])}`
}

/** What a platform team writes once per namespace, and the way to the clouds in this cluster. */
function identityProfile({ proxy, caPem }: { readonly proxy: string; readonly caPem: string }): KubernetesObject {
  const data = {
    'tenant-id': example.tenantId,
    'client-id': example.clientId,
    'aws-role-arn': example.roleArn,
    'aws-token-resource': example.awsTokenResource,
    'allowed-accounts': example.accountId,
    'https-proxy': proxy,
    'ca.crt': caPem,
  }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'entra-identity' }, data }
}

function account(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }
}

function inNamespace(object: KubernetesObject, namespace: string): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, namespace } }
}

async function removeNamespaces(kubectl: Kubectl, names: readonly string[]): Promise<void> {
  await kubectl.run(['delete', 'namespace', ...names, '--ignore-not-found', '--timeout=180s'])
}
