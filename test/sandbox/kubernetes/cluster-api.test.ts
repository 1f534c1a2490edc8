import { request as httpsRequest } from 'node:https'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startClusterApi, type ClusterApi } from './cluster-api.ts'

let api: ClusterApi
beforeAll(async () => {
  api = await startClusterApi('ci', (token) => (token === 'good' ? 'ci:auditor' : undefined))
  const labels = { run: 'a' }
  const object = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels } }) as const
  api.state.objects = ['p1', 'p2', 'p3'].map(object)
  api.state.logs = { 'p1/step-x': 'one\ntwo\nthree\n' }
  api.state.rules = [{ apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['list', 'get'] }]
})
afterAll(async () => await api[Symbol.asyncDispose]())

async function ask(path: string, token = 'good'): Promise<{ status: number; text: string }> {
  return await new Promise((resolve, reject) => {
    const options = {
      host: api.env['KUBERNETES_SERVICE_HOST'],
      port: api.env['KUBERNETES_SERVICE_PORT'],
      servername: 'kubernetes.default.svc',
      ca: api.caPem,
      path,
      headers: { authorization: `Bearer ${token}` },
    }
    const outgoing = httpsRequest(options, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    outgoing.on('error', reject).end()
  })
}

test('gives a collection by its label, page by page, and the end of a log', async () => {
  const first = JSON.parse((await ask('/api/v1/namespaces/ci/pods?labelSelector=run%3Da')).text) as {
    metadata: { continue?: string }
    items: readonly { metadata: { name: string } }[]
  }
  expect(first.items.map(({ metadata }) => metadata.name)).toEqual(['p1', 'p2'])
  const next = await ask(`/api/v1/namespaces/ci/pods?labelSelector=run%3Da&continue=${first.metadata.continue}`)
  expect(next.text).toContain('"p3"')
  expect(next.text).not.toContain('continue')
  expect((await ask('/api/v1/namespaces/ci/pods?labelSelector=run%3Db')).text).toContain('"items":[]')
  expect(await ask('/api/v1/namespaces/ci/pods/p1/log?container=step-x&tailLines=1')).toEqual({
    status: 200,
    text: 'three\n',
  })
})

test.each<[what: string, path: string, token: string, status: number, text: string]>([
  ['another token', '/api/v1/namespaces/ci/pods/p1', 'bad', 401, 'Unauthorized'],
  [
    'what no rule allows',
    '/apis/tekton.dev/v1/namespaces/ci/taskruns',
    'good',
    403,
    'User \\"system:serviceaccount:ci:auditor\\" cannot list resource \\"taskruns\\"',
  ],
  ['another namespace', '/api/v1/namespaces/prod/pods', 'good', 404, 'NotFound'],
  ['an object that there is not', '/api/v1/namespaces/ci/pods/none', 'good', 404, 'not found'],
  ['a parameter that nobody knows', '/api/v1/namespaces/ci/pods?fieldSelector=x', 'good', 400, 'fieldSelector'],
  ['a container that there is not', '/api/v1/namespaces/ci/pods/p1/log?container=y', 'good', 400, 'not valid'],
])('refuses %s', async (_what, path, token, status, text) => {
  const answer = await ask(path, token)
  expect(answer.status).toBe(status)
  expect(answer.text).toContain(text)
})
