import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { controlGroupOf, hierarchies } from '../../cluster/control-groups.ts'
import { fitted } from '../../cluster/install-tekton.ts'
import { identify, isRunning } from '../../cluster/process-identity.ts'
import { shellWord } from '../../cluster/shell-word.ts'

const mixed = `24 1 0:20 / /sys rw,relatime - sysfs sysfs rw
31 30 0:26 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory
32 30 0:27 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
33 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
`

test('finds the hierarchies of version 1 and the one of version 2 beside them, where runc leaves folders too', () => {
  const names = ['memory', 'pids', 'unified'].map((name) => `/sys/fs/cgroup/${name}`)
  expect(hierarchies(mixed)).toEqual(names)
})

test('finds the one hierarchy of version 2', () => {
  expect(hierarchies('30 24 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n')).toEqual(['/sys/fs/cgroup'])
})

test('clusters of two state folders have control groups of their own', () => {
  expect(controlGroupOf('/a')).toMatch(/^tekton-entra-[0-9a-f]{8}$/)
  expect(controlGroupOf('/a')).not.toBe(controlGroupOf('/b'))
})

test('a process id that another process has got is not taken for the cluster', () => {
  const here = identify(process.pid)
  expect(here).toBeDefined()
  if (here === undefined) return
  expect(isRunning(here)).toBe(true)
  expect(isRunning({ ...here, started: '1' })).toBe(false)
  expect(isRunning({ ...here, boot: 'the one before' })).toBe(false)
})

test.each(['/tmp/plain', '/tmp/with space', "it's", '$(touch x)', ''])('a shell reads %j back as it was', (word) => {
  expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word)
})

test('Tekton is told to secure its own containers, and every other switch stays', () => {
  const data = { 'set-security-context': 'false', coschedule: 'workspaces' }
  const flags = { kind: 'ConfigMap', metadata: { name: 'feature-flags' }, data }
  expect(fitted(flags).data).toEqual({ ...data, 'set-security-context': 'true' })
})

test('the resolvers are kept from the hubs, and nothing else of their Deployment changes', () => {
  const container = {
    image: 'resolvers:1',
    env: [{ name: 'ARTIFACT_HUB_API', value: 'https://hub/' }, { name: 'KEPT' }],
  }
  const deployment = {
    kind: 'Deployment',
    metadata: { name: 'resolvers', namespace: 'tekton-pipelines-resolvers' },
    spec: { replicas: 1, template: { spec: { containers: [container] } } },
  }
  const nowhere = 'http://127.0.0.1:9/'
  const env = [
    { name: 'KEPT' },
    { name: 'ARTIFACT_HUB_API', value: nowhere },
    { name: 'TEKTON_HUB_API', value: nowhere },
  ]
  expect(fitted(deployment)).toEqual({
    ...deployment,
    spec: { replicas: 1, template: { spec: { containers: [{ ...container, env }] } } },
  })
})
