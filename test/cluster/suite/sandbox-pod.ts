import { stringify } from 'yaml'
import type { StateFile } from '../../../steps/cli/state-folder.ts'
import type { Kubectl } from '../kubectl.ts'
import { suiteClouds, type CloudsOf } from './clouds.ts'
import { startServerPod } from './server-pod.ts'

/** The clouds inside the cluster, as tests and steps reach them. */
export type SandboxPod = {
  /** The steps' `https-proxy`. */
  readonly proxy: string
  readonly caPem: string
  readonly controlToken: string
}

/** Name of its pod, its Service and its ConfigMap. */
export const SANDBOX = 'sandbox'
/** Where its proxy is inside its pod. */
export const PROXY_PORT = 8443
/** Where its control address is inside its pod. */
export const CONTROL_PORT = 8444
const STATE = '/state/sandbox'

/** Brings the sandbox into a namespace of its own, and returns when it answers. */
export async function startSandboxPod(
  kubectl: Kubectl,
  { namespace, image, clouds }: { readonly namespace: string; readonly image: string; readonly clouds: CloudsOf },
): Promise<SandboxPod> {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: SANDBOX, namespace } }
  const data = { 'clouds.yaml': stringify(suiteClouds(clouds), { aliasDuplicateObjects: false }) }
  await kubectl.apply([{ ...config, data }])
  const listen = ['--listen', '0.0.0.0', '--port', String(PROXY_PORT), '--control-port', String(CONTROL_PORT)]
  const address = await startServerPod(kubectl, {
    name: SANDBOX,
    namespace,
    image,
    // Everything is remembered: the scan for secrets wants all of them.
    args: ['sandbox', '--config', '/config/clouds.yaml', ...listen, '--state', STATE, '--remember', 'everything'],
    port: PROXY_PORT,
    // The step image's limit on young garbage is for steps.
    env: [{ name: 'NODE_OPTIONS', value: '' }],
    volumes: {
      '/config': { name: 'config', configMap: { name: SANDBOX } },
      '/state': { name: 'state', emptyDir: { medium: 'Memory', sizeLimit: '4Mi' } },
      '/tmp': { name: 'tmp', emptyDir: {} },
    },
  })
  const { caPem, controlToken } = await readState(kubectl, namespace)
  return { proxy: `http://${address}:${PROXY_PORT}`, caPem, controlToken }
}

async function readState(kubectl: Kubectl, namespace: string): Promise<StateFile> {
  // The image has no shell and no cat.
  const program = `process.stdout.write(require('node:fs').readFileSync('${STATE}/sandbox.json'))`
  const text = await kubectl.run(['exec', SANDBOX, '-n', namespace, '--', '/nodejs/bin/node', '-e', program])
  const state: StateFile = JSON.parse(text)
  return state
}
