import { stringify } from 'yaml'
import type { StateFile } from '../../../steps/cli/state-folder.ts'
import type { Kubectl } from '../kubectl.ts'
import { restrictedContainer } from '../pods.ts'
import { waitUntil } from '../wait-until.ts'
import { suiteClouds, type CloudsOf } from './clouds.ts'
import type { KubernetesObject } from './objects.ts'

/** The clouds inside the cluster, as tests and steps reach them. */
export type SandboxPod = {
  /** The steps' `https-proxy`: an address, as not every cluster has DNS. */
  readonly proxy: string
  readonly caPem: string
  readonly controlToken: string
}

const NAME = 'sandbox'
const PROXY_PORT = 8443
/** Where its control address is inside its pod. */
export const CONTROL_PORT = 8444
const STATE = '/state/sandbox'

/** Brings the sandbox into a namespace of its own, and returns when it answers. */
export async function startSandboxPod(
  kubectl: Kubectl,
  { namespace, image, clouds }: { readonly namespace: string; readonly image: string; readonly clouds: CloudsOf },
): Promise<SandboxPod> {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: NAME, namespace } }
  const data = { 'clouds.yaml': stringify(suiteClouds(clouds), { aliasDuplicateObjects: false }) }
  await kubectl.apply([{ ...config, data }, service(namespace), pod(namespace, image)])
  const { spec } = await waitUntil(async () => await kubectl.get<Service>(['service', NAME, '-n', namespace]), {
    what: 'Service of the sandbox',
    seconds: 30,
  })
  const { status, stderr } = await kubectl.try([
    'wait',
    `pod/${NAME}`,
    '-n',
    namespace,
    '--for=condition=Ready',
    '--timeout=180s',
  ])
  if (status !== 0) throw new Error(`the sandbox's pod: ${stderr}${await wordsOf(kubectl, namespace)}`)
  const state = await readState(kubectl, namespace)
  return { proxy: `http://${spec.clusterIP}:${PROXY_PORT}`, caPem: state.caPem, controlToken: state.controlToken }
}

type Service = { readonly spec: { readonly clusterIP: string } }

async function readState(kubectl: Kubectl, namespace: string): Promise<StateFile> {
  // The image has no shell and no cat.
  const program = `process.stdout.write(require('node:fs').readFileSync('${STATE}/sandbox.json'))`
  const text = await kubectl.run(['exec', NAME, '-n', namespace, '--', '/nodejs/bin/node', '-e', program])
  const state: StateFile = JSON.parse(text)
  return state
}

/** Why a pod of the sandbox is not there. */
export async function wordsOf(kubectl: Kubectl, namespace: string): Promise<string> {
  const described = await kubectl.try(['describe', 'pod', NAME, '-n', namespace])
  const log = await kubectl.try(['logs', NAME, '-n', namespace, '--tail=20'])
  return [described.stdout, log.stdout, log.stderr].join('\n')
}

function service(namespace: string): KubernetesObject {
  const ports = [{ name: 'proxy', port: PROXY_PORT, targetPort: PROXY_PORT }]
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: NAME, namespace },
    spec: { selector: { app: NAME }, ports },
  }
}

function pod(namespace: string, image: string): KubernetesObject {
  const listen = ['--listen', '0.0.0.0', '--port', String(PROXY_PORT), '--control-port', String(CONTROL_PORT)]
  const container = {
    name: NAME,
    image,
    command: ['/nodejs/bin/node', '/app/main.js'],
    args: ['sandbox', '--config', '/config/clouds.yaml', ...listen, '--state', STATE],
    // The step image's limit on young garbage is for steps.
    env: [{ name: 'NODE_OPTIONS', value: '' }],
    readinessProbe: { tcpSocket: { port: PROXY_PORT }, periodSeconds: 1 },
    volumeMounts: [
      { name: 'config', mountPath: '/config', readOnly: true },
      { name: 'state', mountPath: '/state' },
      { name: 'tmp', mountPath: '/tmp' },
    ],
    securityContext: restrictedContainer,
  }
  const volumes = [
    { name: 'config', configMap: { name: NAME } },
    { name: 'state', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } },
    { name: 'tmp', emptyDir: {} },
  ]
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: NAME, namespace, labels: { app: NAME } },
    spec: { restartPolicy: 'Never', terminationGracePeriodSeconds: 5, containers: [container], volumes },
  }
}
