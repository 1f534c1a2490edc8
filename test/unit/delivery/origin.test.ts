import { expect, test } from 'vitest'
import type { Fault } from '../../../steps/lib/core/errors.ts'
import { readOrigin, type OriginAccess } from '../../../steps/lib/delivery/origin.ts'

function read(text: string, access: OriginAccess = 'anonymous') {
  const faults: Fault[] = []
  const origin = readOrigin(text, { param: 'from', accessParam: 'from-access', access, cloud: 'AzureCloud', faults })
  return { origin, faults }
}

test.each([
  ['docker.io/alpine:3', 'https://registry-1.docker.io/', 'library/alpine', 'docker.io/library/alpine:3'],
  [
    'index.docker.io/grafana/grafana:1',
    'https://registry-1.docker.io/',
    'grafana/grafana',
    'index.docker.io/grafana/grafana:1',
  ],
  ['GHCR.io/somebody/tool:1', 'https://ghcr.io/', 'somebody/tool', 'ghcr.io/somebody/tool:1'],
  ['localhost:5000/tool:1', 'https://localhost:5000/', 'tool', 'localhost:5000/tool:1'],
])('%s is asked at %s for %s', (text, href, repository, url) => {
  const { origin, faults } = read(text)
  expect(faults).toEqual([])
  expect(origin?.origin.href).toBe(href)
  expect(origin?.repository).toBe(repository)
  expect(origin?.url).toBe(url)
})

test('a digest counts before a tag, and both stay in the name', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const { origin } = read(`ghcr.io/somebody/tool:1@${digest}`)
  expect(origin).toMatchObject({ reference: digest, tag: '1', url: `ghcr.io/somebody/tool:1@${digest}` })
})

test('a host that is none of ours is never read as an identity', () => {
  const { origin, faults } = read('docker.io/alpine:3', 'identity')
  expect(origin).toBeUndefined()
  expect(faults).toMatchObject([{ param: 'from (host)', got: 'docker.io' }])
})
