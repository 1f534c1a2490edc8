import { randomBytes } from 'node:crypto'
import type { TestProject } from 'vitest/node'
import { ask } from '../../../steps/cli/control-client.ts'
import { logOf } from '../../../steps/cli/print.ts'
import { example } from '../../sandbox/example-cloud.ts'
import type { Kubectl } from '../kubectl.ts'
import { makeNamespace } from '../pods.ts'
import { suite } from './clouds.ts'
import { allStepActions, allTasks, withStepImage, type KubernetesObject } from './objects.ts'
import { readOptions, type SuiteOptions } from './options.ts'
import { forwardPort } from './port-forward.ts'
import { CONTROL_PORT, SANDBOX, startSandboxPod } from './sandbox-pod.ts'
import type { Namespaces, Stage } from './stage.ts'
import { openTarget, type Target } from './target.ts'

/** Before the first test: the cluster, namespaces of the suite's own, the sandbox in one of them, the trust and the Tasks in the others. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const options = readOptions(process.env)
  const made = new AsyncDisposableStack()
  let leaving: Promise<void> | undefined
  // Once, whoever asks first: the end of the tests, a failure here, or a signal.
  const leave = async (): Promise<void> => await (leaving ??= made.disposeAsync())
  leaveOnSignals(leave)
  try {
    const target = await openTarget(options, process, made)
    project.provide('stage', 'no' in target ? target : await furnish(target, options, made))
    return leave
  } catch (error) {
    await leave()
    throw error
  }
}

/** Instead of Vitest's own listeners, which end the process at once and leave everything. More signals change nothing: Ctrl-C comes twice, from the terminal and from npm. */
function leaveOnSignals(leave: () => Promise<void>): void {
  let isLeaving = false
  for (const [signal, status] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
    process.removeAllListeners(signal)
    process.on(signal, () => {
      if (isLeaving) return
      isLeaving = true
      logOf(process).line('ending', `${signal}: what was made is taken away`)
      void leave().finally(() => process.exit(status))
    })
  }
}

function namesOf(run: string): Namespaces {
  const name = (part: string): string => `tekton-entra-suite-${run}-${part}`
  return { ci: name('ci'), build: name('build'), other: name('other'), sandbox: name('sandbox') }
}

async function furnish(
  { kubectl, images, tekton }: Target,
  { keep }: SuiteOptions,
  made: AsyncDisposableStack,
): Promise<Stage> {
  const namespaces = namesOf(randomBytes(3).toString('hex'))
  const names = Object.values(namespaces)
  made.defer(async () => {
    if (keep) logOf(process).line('kept', `kubectl delete namespace ${names.join(' ')} takes it away`)
    else await removeNamespaces(kubectl, names)
  })
  const { build, ...restricted } = namespaces
  await Promise.all([
    makeNamespace(kubectl, build, 'baseline'),
    ...Object.values(restricted).map((name) => makeNamespace(kubectl, name)),
  ])
  const issuer = await issuerOf(kubectl)
  const clouds = { issuer, apiServer: await apiServerOf(kubectl), trusted: [namespaces.ci, namespaces.build] }
  const sandbox = await startSandboxPod(kubectl, { namespace: namespaces.sandbox, image: images.suite, clouds })
  const forward = await forwardPort(kubectl, { namespace: namespaces.sandbox, pod: SANDBOX, port: CONTROL_PORT })
  made.defer(async () => await forward.close())
  made.defer(async () => await refuseCrashes(forward.url, sandbox.controlToken))
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

/** A stand-in that threw has answered nonsense: nothing that was tried on these clouds is worth anything. */
async function refuseCrashes(url: string, controlToken: string): Promise<void> {
  const { json } = await ask({ control: { url }, controlToken }, { method: 'GET', path: '/crashes' })
  const { crashes } = json as { readonly crashes: readonly string[] }
  if (crashes.length > 0) throw new Error(`stand-ins crashed: ${crashes.join('\n')}`)
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
    'allowed-accounts': `${example.accountId} ${suite.secondAccountId}`,
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
