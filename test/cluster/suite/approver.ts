import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { configMap } from '../../await-approval/approval-door.ts'
import type { Person } from '../../await-approval/approval-cloud.ts'
import { visitAs } from '../../await-approval/browse.ts'
import { start } from '../../cli/command-line.ts'
import { forwardPort } from './port-forward.ts'
import { PROXY_PORT, SANDBOX } from './sandbox-pod.ts'
import { kubectl, stage } from './stage.ts'

/** Decides as a person does: the command line, a browser at the clouds in the cluster, and a patch of the ConfigMap as an approver. */
export async function decide(decision: 'approve' | 'reject', word: string, person: Person): Promise<void> {
  const { namespaces, sandbox } = stage()
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-approver-'))
  const forward = await forwardPort(kubectl(), { namespace: namespaces.sandbox, pod: SANDBOX, port: PROXY_PORT })
  try {
    const caFile = join(folder, 'ca.crt')
    await writeFile(caFile, sandbox.caPem)
    const env = { HTTPS_PROXY: forward.url, NODE_EXTRA_CA_CERTS: caFile }
    const called = start([decision, word, '--yes', '--no-browser', '--print'], { env })
    const shown = await called.until('stderr', /^sign in\s+https:\S+$/m)
    await visitAs({ proxyUrl: forward.url, caPem: sandbox.caPem }, shown, person)
    const { code, stdout, stderr } = await called.ended
    if (code !== 0) throw new Error(stderr)
    // As the group that samples/role.yaml lets write answers, and as nobody else.
    const approver = ['--as', person, '--as-group', approverGroup]
    const patch = ['patch', 'configmap', configMap, '--type', 'merge', '--patch', stdout.trim()]
    await kubectl().run([...patch, '-n', namespaces.ci, ...approver])
  } finally {
    await forward.close()
    await rm(folder, { recursive: true, force: true })
  }
}

const approverGroup = '0a000000-0000-4000-8000-00000000000a'
