import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { readRecord } from './cluster-record.ts'
import { ownCluster, skipWithoutCluster, up } from './own-cluster.ts'
import { placesIn } from './places.ts'
import { idlePod, makeNamespace, runPod } from './pods.ts'
import { differences, lookForTraces } from './traces.ts'

/** The kernel takes network namespaces and control groups away a moment after their last process. */
const SOON = { timeout: 30_000, interval: 500 }

test('down leaves no process, namespace, mount, control group, file, setting or rule', async (context) => {
  skipWithoutCluster(context)
  const before = await lookForTraces()
  const cluster = ownCluster()
  await up(cluster, '--tekton', 'none')
  await makeNamespace(cluster.kubectl, 'traces')
  await runPod(cluster.kubectl, 'traces', idlePod(['show', '/etc/hostname']))
  await cluster.kubectl.run(['create', '-n', 'traces', '-f', '-'], JSON.stringify(holdingPod))
  await cluster.kubectl.run(['wait', '-n', 'traces', '--for=condition=Ready', 'pod/holds', '--timeout=60s'])
  const during = differences(before, await lookForTraces())
  // Else nothing was there that could have been left.
  for (const words of [
    '+ processes: kubelet',
    '+ namespaces: net:',
    '+ controlGroups: ',
    '+ files: /var/lib/kubelet',
  ]) {
    expect(during, words).toContainEqual(expect.stringContaining(words))
  }
  // Not even while it is up does it change these.
  expect(during.filter((line) => /^. (mounts|settings|packetFilter|network):/.test(line))).toEqual([])
  await cluster.remove()
  expect(existsSync(cluster.state)).toBe(false)
  await expect.poll(async () => differences(before, await lookForTraces()), SOON).toEqual([])
})

test('down takes away what a cluster left that ended by itself, and status says that it did', async (context) => {
  skipWithoutCluster(context)
  const before = await lookForTraces()
  const cluster = ownCluster()
  await up(cluster, '--tekton', 'none')
  const record = readRecord(placesIn(cluster.state))
  process.kill(record?.first.pid ?? Number.NaN, 'SIGKILL')
  await expect.poll(async () => (await cluster.command('status')).stdout, SOON).toContain('has ended by itself')
  await cluster.remove()
  await expect.poll(async () => differences(before, await lookForTraces()), SOON).toEqual([])
})

const holdingPod = { ...idlePod([]), metadata: { name: 'holds' } }
