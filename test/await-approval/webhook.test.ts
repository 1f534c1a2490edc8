import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { programWith } from '../push-image/programs.ts'
import { expectEnd } from '../push-image/told.ts'
import { createPki } from '../sandbox/pki.ts'
import { image, openApprovalDoor, type ApprovalDoor } from './approval-door.ts'
import { people } from './approval-cloud.ts'

type Hook = AsyncDisposable & {
  readonly url: string
  readonly caPem: string
  /** What was posted. */
  readonly posted: {
    readonly type: string | undefined
    readonly authorization: string | undefined
    readonly body: string
  }[]
  /** Statuses of the next answers; 200 when there are none. */
  readonly statuses: number[]
}

async function startHook(): Promise<Hook> {
  const pki = await createPki()
  const [posted, statuses]: [Hook['posted'], number[]] = [[], []]
  const credentials = { cert: await pki.leafPem('localhost'), key: await pki.leafKeyPem('localhost') }
  const server = createServer(credentials, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { 'content-type': type, authorization } = request.headers
      posted.push({ type, authorization, body: Buffer.concat(chunks).toString('utf8') })
      response.writeHead(statuses.shift() ?? 200, { location: 'https://elsewhere.example/' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
    url: `https://localhost:${(server.address() as AddressInfo).port}/approvals`,
    caPem: pki.caPem,
    posted,
    statuses,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

let approvals: ApprovalDoor
let hook: Hook
beforeAll(async () => {
  approvals = await openApprovalDoor()
  hook = await startHook()
})
afterAll(async () => {
  await hook[Symbol.asyncDispose]()
  await approvals[Symbol.asyncDispose]()
})

/** A run that posts to the hook, which it reaches without the proxy. */
function askByWebhook() {
  const ca = `${approvals.door.sandbox.caPem}\n${hook.caPem}`
  const profile = { 'approval-webhook': hook.url, 'no-proxy': 'localhost', 'ca.crt': ca }
  return approvals.ask({ profile, run: programWith('fast-time', 'hurry') })
}

test('posts the request once, with what a person needs and no credential', async () => {
  const { ended, said, run } = askByWebhook()
  await said(/the request was posted to/)
  const [post, ...more] = hook.posted.splice(0)
  expect(more).toEqual([])
  expect(post).toMatchObject({ type: 'application/json', authorization: undefined })
  const body: Record<string, string> = JSON.parse(post?.body ?? '')
  expect(body).toMatchObject({ image, run: { kind: 'PipelineRun', name: run.pipelineRun, uid: run.uid } })
  expect(body['text']).toContain(`npx tekton-entra approve ${body['request']}`)
  await approvals.answer('approve', body['request'] ?? '', { as: 'ada' })
  expect((await ended).results).toMatchObject({ approver: people.ada })
})

test('posts again where the webhook fails for a moment, and ends the run where it goes on or sends elsewhere', async () => {
  hook.statuses.push(503)
  const { word, ended, said } = askByWebhook()
  await said(/the request was posted to/)
  expect(hook.posted.splice(0)).toHaveLength(2)
  await approvals.answer('approve', await word, { as: 'ada' })
  expect((await ended).results).toMatchObject({ approver: people.ada })
  hook.statuses.push(...Array.from({ length: 6 }, () => 302))
  expectEnd(await askByWebhook().ended, 'APPROVAL_WEBHOOK_FAILED', 75)
})
