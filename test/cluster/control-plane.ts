import { join } from 'node:path'
import { addressPlan, ISSUER } from './address-plan.ts'
import type { Places } from './places.ts'
import type { Daemon } from './run-program.ts'

/** What the command lines of Kubernetes' programs depend on. */
export type Plan = { readonly places: Places; readonly programs: string; readonly port: number }

const ETCD = 'http://127.0.0.1:2379'
const ETCD_PEER = 'http://127.0.0.1:2380'

/** etcd, in memory: a cluster is not to outlive its processes, and the disk's flushes cost more than all else. */
export function etcd(): Daemon {
  const argv = [
    'etcd',
    '--data-dir=/run/etcd',
    `--listen-client-urls=${ETCD}`,
    `--advertise-client-urls=${ETCD}`,
    `--listen-peer-urls=${ETCD_PEER}`,
    `--initial-advertise-peer-urls=${ETCD_PEER}`,
    `--initial-cluster=default=${ETCD_PEER}`,
  ]
  return { name: 'etcd', argv, env: { ETCD_UNSUPPORTED_ARCH: process.arch === 'arm64' ? 'arm64' : '' } }
}

/** The API server. */
export function apiServer({ places, programs, port }: Plan): Daemon {
  const pki = (name: string): string => join(places.pki, name)
  const argv = [
    join(programs, 'kube-apiserver'),
    `--etcd-servers=${ETCD}`,
    `--advertise-address=${addressPlan.node}`,
    '--bind-address=0.0.0.0',
    `--secure-port=${port}`,
    `--service-cluster-ip-range=${addressPlan.services}`,
    `--tls-cert-file=${pki('apiserver.crt')}`,
    `--tls-private-key-file=${pki('apiserver.key')}`,
    `--client-ca-file=${pki('ca.crt')}`,
    `--kubelet-client-certificate=${pki('apiserver-kubelet.crt')}`,
    `--kubelet-client-key=${pki('apiserver-kubelet.key')}`,
    `--kubelet-certificate-authority=${pki('ca.crt')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-issuer=${ISSUER}`,
    // Else it names the node's address, which no verifier would take for the issuer's.
    `--service-account-jwks-uri=${ISSUER}/openid/v1/jwks`,
    `--service-account-key-file=${pki('service-accounts.pub')}`,
    `--service-account-signing-key-file=${pki('service-accounts.key')}`,
    '--service-account-extend-token-expiration=false',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    // With an etcd of 3.4 it finds no sizes to estimate by, and says so several times a second.
    '--feature-gates=SizeBasedListCostEstimate=false',
    '--profiling=false',
  ]
  return { name: 'kube-apiserver', argv }
}

/** The controllers of Kubernetes. */
export function controllerManager({ places, programs }: Plan): Daemon {
  const argv = [
    join(programs, 'kube-controller-manager'),
    `--kubeconfig=${join(places.pki, 'controller-manager.kubeconfig')}`,
    `--root-ca-file=${join(places.pki, 'ca.crt')}`,
    `--service-account-private-key-file=${join(places.pki, 'service-accounts.key')}`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    // It looks for plugins there, and would make the folder.
    `--flex-volume-plugin-dir=${join(places.temporary, 'flex')}`,
    '--bind-address=127.0.0.1',
    '--profiling=false',
  ]
  return { name: 'kube-controller-manager', argv }
}

/** The scheduler. */
export function scheduler({ places, programs }: Plan): Daemon {
  const argv = [
    join(programs, 'kube-scheduler'),
    `--kubeconfig=${join(places.pki, 'scheduler.kubeconfig')}`,
    '--leader-elect=false',
    '--bind-address=127.0.0.1',
    '--profiling=false',
  ]
  return { name: 'kube-scheduler', argv }
}
