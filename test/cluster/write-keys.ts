import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { addressPlan, apiServerNames, NODE_NAME } from './address-plan.ts'
import { createAuthority, type Holder, type Pair } from './certificates.ts'
import type { Places } from './places.ts'

/** Who has a certificate, by the name of its files. */
const holders: Readonly<Record<string, Holder>> = {
  apiserver: {
    user: 'kube-apiserver',
    names: apiServerNames,
    addresses: [addressPlan.apiService, addressPlan.node, '127.0.0.1'],
  },
  // What the API server shows to the kubelet when it asks for logs.
  'apiserver-kubelet': { user: 'kube-apiserver', group: 'system:masters' },
  'kubelet-serving': { user: `system:node:${NODE_NAME}`, names: [NODE_NAME], addresses: [addressPlan.node] },
}

/** Who may do everything: the kubeconfig for people. */
const admin: Holder = { user: 'admin', group: 'system:masters' }

/** Which programs have a kubeconfig, by the name of the file. */
const users: Readonly<Record<string, Holder>> = {
  'controller-manager': { user: 'system:kube-controller-manager' },
  scheduler: { user: 'system:kube-scheduler' },
  proxy: { user: 'system:kube-proxy' },
  kubelet: { user: `system:node:${NODE_NAME}`, group: 'system:nodes' },
}

/**
 * Writes all keys, certificates and kubeconfigs of a new cluster. They are good for this cluster only and are deleted with it; the folder is
 * for its owner alone.
 */
export async function writeKeys(places: Places, port: number): Promise<void> {
  const authority = await createAuthority()
  mkdirSync(places.pki, { recursive: true, mode: 0o700 })
  const write = (name: string, text: string): void => writeFileSync(join(places.pki, name), text, { mode: 0o600 })
  write('ca.crt', authority.certificate)
  for (const [name, holder] of Object.entries(holders)) {
    const { certificate, key } = await authority.issue(holder)
    write(`${name}.crt`, certificate)
    write(`${name}.key`, key)
  }
  for (const [name, holder] of Object.entries(users)) {
    write(`${name}.kubeconfig`, kubeconfig(authority.certificate, await authority.issue(holder), port))
  }
  writeFileSync(places.kubeconfig, kubeconfig(authority.certificate, await authority.issue(admin), port), {
    mode: 0o600,
  })
  const tokens = generateKeyPairSync('rsa', { modulusLength: 2048 })
  write('service-accounts.key', tokens.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  write('service-accounts.pub', tokens.publicKey.export({ type: 'spki', format: 'pem' }) as string)
}

/** One file for both sides: the API server listens inside on the very port that leads to it from outside. JSON is YAML. */
function kubeconfig(ca: string, { certificate, key }: Pair, port: number): string {
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  const name = 'tekton-entra'
  const user = { 'client-certificate-data': encode(certificate), 'client-key-data': encode(key) }
  const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': encode(ca) }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}
