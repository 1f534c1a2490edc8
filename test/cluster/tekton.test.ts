import { afterEach, describe, expect, test } from 'vitest'
import { IDLE_IMAGE } from './address-plan.ts'
import { ownCluster, skipWithoutCluster, up, type OwnCluster } from './own-cluster.ts'
import { makeNamespace, restrictedContainer } from './pods.ts'
import { cachedRelease, hasRelease, tektonVersions } from './tekton-release.ts'
import { waitUntil } from './wait-until.ts'

let cluster: OwnCluster | undefined
afterEach(async () => {
  await cluster?.remove()
  cluster = undefined
})

describe.each(Object.entries(tektonVersions))('the %s long-term release of Tekton', (_, version) => {
  test('runs steps under Pod Security restricted, says which failed, and refuses a Task that names an absent param', async (context) => {
    skipWithoutCluster(context)
    const folder = cachedRelease(version, process.env)
    if (!hasRelease(folder)) context.skip(`no release of Tekton in ${folder}`)
    cluster = ownCluster()
    const { stdout } = await up(cluster, '--tekton', version)
    expect(stdout).toContain(`Tekton ${version}, up`)
    await makeNamespace(cluster.kubectl, 'runs')
    expect(await runTask(cluster, ['show', '/etc/hostname'])).toMatchObject({ status: 'True', reason: 'Succeeded' })
    expect(await runTask(cluster, ['show', '/absent'])).toMatchObject({
      status: 'False',
      // The reason is `Failed` or `StepFailed`, by release.
      message: expect.stringContaining('exited with code 1'),
    })
    const refused = await cluster.kubectl.try(['create', '-f', '-'], JSON.stringify(taskRun(['$(params.absent)'])))
    expect(refused).toMatchObject({ status: 1, stderr: expect.stringContaining('non-existent variable') })
  })
})

type Condition = { readonly status: string; readonly reason: string; readonly message: string }
type TaskRun = { readonly status?: { readonly conditions?: readonly Condition[] } }

/** Runs a Task of one step to its end, and gives how it ended. */
async function runTask({ kubectl }: OwnCluster, args: readonly string[]): Promise<Condition> {
  const made = await kubectl.run(['create', '-n', 'runs', '-o', 'name', '-f', '-'], JSON.stringify(taskRun(args)))
  const name = made.trim()
  const ended = async (): Promise<Condition | undefined> => {
    const condition = (await kubectl.get<TaskRun>([name, '-n', 'runs']))?.status?.conditions?.[0]
    return condition?.status === 'Unknown' ? undefined : condition
  }
  const why = async (): Promise<string> => await kubectl.run(['get', name, '-n', 'runs', '-o', 'yaml'])
  return await waitUntil(ended, { what: `end of ${name}`, seconds: 180, why })
}

function taskRun(args: readonly string[]): object {
  const step = { name: 'only', image: IDLE_IMAGE, command: ['/idle'], args, securityContext: restrictedContainer }
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'TaskRun',
    metadata: { generateName: 'one-step-' },
    spec: { taskSpec: { steps: [step] } },
  }
}
