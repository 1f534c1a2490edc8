import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressPlan, IDLE_IMAGE, NODE_NAME } from './address-plan.ts'
import type { Plan } from './control-plane.ts'
import type { Places } from './places.ts'
import type { Daemon } from './run-program.ts'

/** containerd's address inside; `/run` there is the cluster's own. */
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock'

const FIND_CNI = '/usr/lib/cni'

/** Writes the files that the node's programs are configured by. */
export function writeNodeConfig({ places }: Pick<Plan, 'places'>, controlGroup: string): void {
  const files: Readonly<Record<string, string>> = {
    'containerd.toml': containerdConfig(places),
    'cni/10-bridge.conflist': json(podNetwork),
    'kubelet.json': json(kubeletConfig(places, controlGroup)),
    'proxy.json': json(proxyConfig(places)),
  }
  for (const folder of ['cni', 'registries']) mkdirSync(join(places.config, folder), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(places.config, name), text)
}

/** containerd, with folders of its own. */
export function containerd({ places }: Pick<Plan, 'places'>): Daemon {
  return {
    name: 'containerd',
    argv: ['containerd', '--config', join(places.config, 'containerd.toml')],
    env: { TMPDIR: places.temporary },
  }
}

/** The kubelet. */
export function kubelet({ places, programs }: Plan): Daemon {
  const argv = [
    join(programs, 'kubelet'),
    `--config=${join(places.config, 'kubelet.json')}`,
    `--kubeconfig=${join(places.pki, 'kubelet.kubeconfig')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${addressPlan.node}`,
  ]
  return { name: 'kubelet', argv, env: { TMPDIR: places.temporary } }
}

/** The proxy that makes Services work. */
export function proxy({ places, programs }: Plan): Daemon {
  const argv = [join(programs, 'kube-proxy'), `--config=${join(places.config, 'proxy.json')}`]
  return { name: 'kube-proxy', argv }
}

function containerdConfig(places: Places): string {
  return `version = 2
root = ${text(places.containerd)}
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]

[grpc]
address = "${CONTAINERD_SOCKET}"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${IDLE_IMAGE}"
# runc ends with "can't get final child's PID from pipe" where root may not lower the score (no CAP_SYS_RESOURCE).
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".registry]
config_path = ${text(join(places.config, 'registries'))}

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "${FIND_CNI}"
conf_dir = ${text(join(places.config, 'cni'))}

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
`
}

/** A string as TOML has it, which is as JSON has it. */
const text = (value: string): string => JSON.stringify(value)

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

const podNetwork = {
  cniVersion: '1.0.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'pods0',
      isGateway: true,
      hairpinMode: true,
      // Without the default route a pod does not reach the addresses of Services.
      ipam: { type: 'host-local', ranges: [[{ subnet: addressPlan.pods }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
} as const

function kubeletConfig(places: Places, controlGroup: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    tlsCertFile: join(places.pki, 'kubelet-serving.crt'),
    tlsPrivateKeyFile: join(places.pki, 'kubelet-serving.key'),
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: join(places.pki, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${controlGroup}`,
    // Hierarchies of version 1 are refused since 1.35 unless this is said.
    failCgroupV1: false,
    failSwapOn: false,
    resolvConf: '',
    // There is no DNS.
    clusterDomain: 'cluster.local',
    // Preloaded images are never asked for at a registry again.
    imagePullCredentialsVerificationPolicy: 'NeverVerify',
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    // In bytes: a fifth of a big disk may be far more than a test needs.
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1Gi', 'imagefs.available': '1Gi' },
    volumePluginDir: join(places.temporary, 'flex'),
    serializeImagePulls: false,
    registryPullQPS: 0,
    eventRecordQPS: 0,
    // The default of 10 s, and one of 1 min for changes in ConfigMaps, make tests wait.
    syncFrequency: '10s',
    nodeStatusUpdateFrequency: '4s',
  }
}

function proxyConfig(places: Places): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig: join(places.pki, 'proxy.kubeconfig') },
    clusterCIDR: addressPlan.pods,
    hostnameOverride: NODE_NAME,
    // Sizes of the connection table belong to the machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  }
}
