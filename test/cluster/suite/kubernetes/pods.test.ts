import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { recordIn } from '../ended.ts'
import { followLog } from '../follow-log.ts'
import { untilUploading } from '../follow-clouds.ts'
import { podOfTask, type PodOfTask } from '../pod-of-task.ts'
import { runPod } from '../pod-runs.ts'
import { putSource } from '../source.ts'
import { journalOf, kubectl, skipWithoutStage, stage, tagsOf, withFault } from '../stage.ts'

// Kubernetes alone, without Tekton: its own tokens, keys, admission and kubelet, and our image under its container runtime.
beforeEach(skipWithoutStage)

type Variation = Partial<Omit<PodOfTask, 'params'>> & { readonly params?: PodOfTask['params']; readonly host?: string }

/** The pod of a push of a fresh image to a repository that is named like the pod. */
async function pushingPod(name: string, { host = example.acrHost, params, ...more }: Variation = {}) {
  const source = more.source ?? (await putSource(name))
  const target = { image: `${host}/pods/${name}:1`, path: source.path, 'propagation-wait': '0s', ...params }
  const pod = podOfTask({ name, source, image: stage().images.steps, ...more, params: target })
  return { pod, source, repository: `pods/${name}` }
}

test.each([
  ['ACR', 'acr', example.acrHost],
  ['ECR', 'ecr', example.ecrHost],
])(
  'a pod under Pod Security restricted pushes to %s with a token that the API server’s own keys verify',
  async (_, name, host) => {
    const { pod, source, repository } = await pushingPod(name, { host })
    const { exitCode, log } = await runPod(pod)
    expect(exitCode, log).toBe(0)
    expect(await tagsOf(host, repository)).toEqual({ 1: source.digest })
    const { data } = recordIn(log)
    expect(data).toMatchObject({
      outcome: 'ok',
      pod: { name, namespace: stage().namespaces.ci },
      identity: { issuer: stage().issuer, subject: `system:serviceaccount:${stage().namespaces.ci}:builder` },
      action: { digest: source.digest },
    })
    // Not a key of the sandbox's own: it asked the cluster.
    const asked = (await journalOf('/openid/v1/jwks')).filter(({ status }) => status === 200)
    expect(asked.length).toBeGreaterThan(0)
  },
)

test('our step runs as whatever user the cluster assigns', async () => {
  const { pod, source, repository } = await pushingPod('assigned-user')
  const spec = {
    ...Object(pod['spec']),
    securityContext: { runAsUser: 1_000_660_000, runAsGroup: 0, fsGroup: 1_000_660_000 },
  }
  const { exitCode, log } = await runPod({ ...pod, spec })
  expect(exitCode, log).toBe(0)
  expect(await tagsOf(example.acrHost, repository)).toEqual({ 1: source.digest })
})

test('refuses the token of another service account, and asks no registry', async () => {
  const { pod, repository } = await pushingPod('other-account', { serviceAccount: 'intruder' })
  const { exitCode, log } = await runPod(pod)
  await expectRefused({ exitCode, log }, 'ENTRA_SUBJECT_MISMATCH', repository)
})

test('refuses the token of the same service account in another namespace, and asks no registry', async () => {
  const namespace = stage().namespaces.other
  const source = await putSource('other-namespace', { namespace })
  const { pod, repository } = await pushingPod('other-namespace', { source })
  await expectRefused(await runPod(pod, { namespace }), 'ENTRA_SUBJECT_MISMATCH', repository)
})

test('refuses a token for another audience, and asks no registry', async () => {
  const params = { 'token-audience': 'api://SomebodyElse' }
  const { pod, repository } = await pushingPod('other-audience', { params })
  await expectRefused(await runPod(pod), 'ENTRA_AUDIENCE_MISMATCH', repository)
})

test('a pod that is deleted in the middle of an upload ends with 143 and a record, and leaves no tag and no upload', async () => {
  const { pod, repository } = await pushingPod('deleted')
  const path = `/v2/${repository}/blobs/uploads/`
  await withFault({ standIn: 'acr', method: 'PUT', path, fault: { kind: 'stall' } }, async () => {
    const namespace = stage().namespaces.ci
    await kubectl().run(['create', '-n', namespace, '-f', '-'], JSON.stringify(pod))
    await untilUploading(repository)
    await using followed = await followLog('deleted', 'push')
    await kubectl().run(['delete', 'pod', 'deleted', '-n', namespace, '--wait=false'])
    const { data } = recordIn(await followed.toRecord)
    expect(data).toMatchObject({ outcome: 'cancelled', error: { code: 'CANCELLED' } })
  })
  expect(await tagsOf(example.acrHost, repository)).toEqual({})
})

async function expectRefused(
  { exitCode, log }: { readonly exitCode: number; readonly log: string },
  code: string,
  repository: string,
): Promise<void> {
  expect(exitCode, log).toBe(77)
  expect(recordIn(log).data).toMatchObject({ outcome: 'refused', error: { code } })
  expect(await journalOf(`/v2/${repository}/`)).toEqual([])
}
