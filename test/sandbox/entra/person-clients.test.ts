import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeWithoutCrashes } from '../close-without-crashes.ts'
import { startSandbox } from '../sandbox.ts'
import type { Sandbox } from '../sandbox.ts'
import { throughProxy } from '../through-proxy.ts'
import { fabrikam, fabrikamCloud } from './fabrikam.ts'
import { verifyEntraToken } from './verify.ts'

let sandbox: Sandbox
let folder: string
beforeAll(async () => {
  sandbox = await startSandbox(fabrikamCloud())
  folder = await mkdtemp(join(tmpdir(), 'sandbox-msal-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  await closeWithoutCrashes(sandbox)
})

type Event = Readonly<Record<string, unknown>>

/** Runs msal-node; each event may be answered with a line. Gives the last one. */
async function run(
  flow: 'code' | 'device',
  answer: (event: Event) => Promise<string | undefined>,
  clientId: string = fabrikam.desktop,
): Promise<Event> {
  const authority = `https://login.microsoftonline.com/${fabrikam.tenant}`
  const program = join(import.meta.dirname, 'msal-client.ts')
  const args = [program, flow, clientId, authority, fabrikam.redirectUri, 'api://approve/Runs.Approve']
  const env = {
    ...sandbox.environment(),
    NODE_USE_ENV_PROXY: '1',
    NODE_EXTRA_CA_CERTS: await sandbox.caFile(folder),
  }
  const child = spawn(process.execPath, args, { env, stdio: ['pipe', 'pipe', 'inherit'] })
  let last: Event = {}
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line)
    const reply = await answer(last)
    if (reply !== undefined) child.stdin.write(`${reply}\n`)
  }
  return last
}

/** What a browser does: goes where the client says, and comes back with the code. */
async function visit({ url }: Event): Promise<string | undefined> {
  if (typeof url !== 'string') return undefined
  const { headers, body } = await throughProxy(sandbox, { url })
  if (headers.location === undefined) throw new Error(body)
  const back = new URL(headers.location)
  expect(back.searchParams.get('state')).toBe('state-of-msal')
  return back.searchParams.get('code') ?? undefined
}

test('msal-node signs a person in with a code and PKCE, accepts the ID token, and refreshes', async () => {
  const result = await run('code', visit)
  expect(result).toMatchObject({
    username: 'ada@fabrikam.example',
    claims: { nonce: 'nonce-of-msal', oid: fabrikam.ada },
  })
  for (const name of ['accessToken', 'refreshed']) {
    expect(verifyEntraToken(sandbox.world, String(result[name]))).toMatchObject({
      oid: fabrikam.ada,
      scp: 'Runs.Approve',
    })
  }
  expect(result['refreshed']).not.toBe(result['accessToken'])
})

test('msal-node refuses an ID token that was not made for its request', async () => {
  const result = await run('code', async ({ url }) => {
    if (typeof url !== 'string') return undefined
    return visit({ url: url.replace('nonce-of-msal', 'nonce-of-another') })
  })
  expect(String(result['error'])).toContain('nonce_mismatch')
  expect(result).not.toHaveProperty('accessToken')
})

test('msal-node is refused a code that is not the one it was given', async () => {
  const result = await run('code', async (event) => (await visit(event)) && 'another-code')
  expect(String(result['error'])).toContain('AADSTS9002313')
  expect(result).not.toHaveProperty('accessToken')
})

const approve =
  (upn: string) =>
  async ({ userCode, verificationUri }: Event): Promise<undefined> => {
    if (typeof userCode !== 'string') return
    expect(verificationUri).toBe('https://microsoft.com/devicelogin')
    sandbox.answerDeviceCode(userCode, { upn })
  }

test('msal-node gets a token by device code once the person has approved', async () => {
  const result = await run('device', approve('ada@fabrikam.example'))
  expect(result).toMatchObject({ username: 'ada@fabrikam.example' })
  expect(verifyEntraToken(sandbox.world, String(result['accessToken']))).toMatchObject({ oid: fabrikam.ada })
})

test('msal-node gets no token by device code for a person whom a policy blocks', async () => {
  const result = await run('device', approve('grace@fabrikam.example'))
  // msal-node tells no more of the refusal of a device code.
  expect(String(result['error'])).toContain('invalid_grant')
  expect(sandbox.journal.entries.at(-1)).toMatchObject({ operation: 'token', refused: 'AADSTS53003' })
  expect(result).not.toHaveProperty('accessToken')
})
