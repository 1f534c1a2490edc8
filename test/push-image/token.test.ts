import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, openFrontDoor, type FrontDoor, type Variation } from './front-door.ts'
import { expectEnd, only, told, toldProse } from './told.ts'

let door: FrontDoor
let scratch: string
beforeAll(async () => {
  door = await openFrontDoor()
  scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-token-'))
})
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

const kubeconfig = 'apiVersion: v1\nkind: Config\nusers: [{ name: admin, user: { token: hunter2hunter2hunter2 } }]\n'
const threeParts = 'aHVudGVy.aHVudGVyMmh1bnRlcjI.aHVudGVy'

type Row = [what: string, code: ErrorCode, exit: number, says: string, variation: Variation]

const rows: Row[] = [
  [
    'a missing file',
    'TOKEN_FILE_MISSING',
    64,
    'at /nowhere/token: ENOENT',
    { run: { extraEnv: { TOKEN_FILE: '/nowhere/token' } } },
  ],
  ['a folder', 'TOKEN_FILE_MISSING', 64, `at ${tmpdir()}: EISDIR`, { run: { extraEnv: { TOKEN_FILE: tmpdir() } } }],
  ['an empty file', 'TOKEN_MALFORMED', 64, 'it is empty', { tokenText: '' }],
  ['a file of spaces', 'TOKEN_MALFORMED', 64, 'it is empty', { tokenText: ' \n\n' }],
  ['a kubeconfig', 'TOKEN_MALFORMED', 64, 'it is not a JWT', { tokenText: kubeconfig }],
  ['three parts that are no JSON', 'TOKEN_MALFORMED', 64, 'it is not a JWT', { tokenText: threeParts }],
  ['a file of 70,000 bytes', 'TOKEN_MALFORMED', 64, 'larger than 65536 bytes', { tokenText: 'a'.repeat(70_000) }],
  ['a token without sub', 'TOKEN_MALFORMED', 64, 'its claims lack sub', { token: { claims: { sub: undefined } } }],
  [
    'a token with nothing',
    'TOKEN_MALFORMED',
    64,
    'its claims lack iss, sub, aud, exp',
    { token: { claims: { iss: undefined, sub: undefined, aud: undefined, exp: undefined } } },
  ],
  ['a token whose issuer is no text', 'TOKEN_MALFORMED', 64, 'its claims lack iss', { token: { claims: { iss: 5 } } }],
  [
    'a token whose exp is text',
    'TOKEN_MALFORMED',
    64,
    'its exp is no number',
    { token: { claims: { exp: 'tomorrow' } } },
  ],
  [
    'a token for another audience',
    'TOKEN_AUDIENCE_MISMATCH',
    64,
    'another audience',
    { token: { audience: 'sts.amazonaws.com' } },
  ],
  ['a token for no audience', 'TOKEN_AUDIENCE_MISMATCH', 64, 'another audience', { token: { claims: { aud: [] } } }],
  [
    'an expired token',
    'TOKEN_EXPIRED',
    77,
    `clock says ${new Date().toISOString().slice(0, 8)}`,
    { token: { expiresInSeconds: -1 } },
  ],
]

test.each<Row>(rows)('refuses %s as %s and never calls Entra', async (_what, code, exit, says, variation) => {
  door.requests()
  const result = await door.push(acrImage, variation)
  expectEnd(result, code, exit)
  expect(toldProse(result.step.stderr, 'what')).toContain(says)
  expect(door.requests()).toEqual([])
  // Whatever lies there may be a secret of another kind.
  expect(`${result.step.stderr}${result.step.stdout}`).not.toMatch(/hunter2|aHVudGVy|aaaa/)
})

test('shows both audiences, the one of the token and the one that was expected', async () => {
  const { step } = await door.push(acrImage, { token: { audience: 'sts.amazonaws.com' } })
  expect(told(step.stderr, 'sent')).toEqual([
    'token audience sts.amazonaws.com',
    'expected audience api://AzureADTokenExchange',
  ])
  expect(toldProse(step.stderr, 'remedy')).toContain('param token-audience')
})

test.each([
  ['a line end', (token: string) => `${token}\n`],
  ['a Windows line end and spaces', (token: string) => `  ${token} \r\n`],
])('takes a token with %s around it, and sends it without', async (_what, wrap) => {
  const { succeeded } = await door.push(acrImage, { tokenText: wrap(mint()) })
  expect(succeeded).toBe(true)
})

test('takes a token that is made out to several audiences', async () => {
  const { succeeded } = await door.push(acrImage, {
    token: { claims: { aud: ['https://kubernetes.default.svc', 'api://AzureADTokenExchange'] } },
  })
  expect(succeeded).toBe(true)
})

test("reads the AKS webhook's token file, whatever lies in the Task's own volume", async () => {
  const file = await kubeletVolume(mint())
  const { succeeded } = await door.push(acrImage, {
    tokenText: kubeconfig,
    run: { extraEnv: { AZURE_FEDERATED_TOKEN_FILE: file } },
  })
  expect(succeeded).toBe(true)
})

test('reads the token anew for each exchange, also when the kubelet renews it in between', async () => {
  const file = await kubeletVolume(mint('default'))
  let renewal: Promise<void> | undefined
  const { succeeded, record } = await door.push(acrImage, {
    params: { 'propagation-wait': '30s' },
    run: {
      extraEnv: { AZURE_FEDERATED_TOKEN_FILE: file },
      onStderr: (text) => {
        if (text.includes('retry    ENTRA_SUBJECT_MISMATCH')) renewal ??= renew(file, mint())
      },
    },
  })
  await renewal
  expect(succeeded).toBe(true)
  const projected = record.data.tokens.filter(({ kind }) => kind === 'projected')
  expect(projected.map(({ id }) => id)).toHaveLength(2)
  expect(record.data.identity['subject']).toBe('system:serviceaccount:ci:builder')
  expect(only(door.requests(), /token 401 AADSTS700213/).length).toBeGreaterThanOrEqual(1)
})

function mint(serviceAccount: string = example.serviceAccount): string {
  return door.sandbox.mintToken({ namespace: example.namespace, serviceAccount })
}

/** `token → ..data/token`, `..data → ..<time>`, as the kubelet lays a projected volume out. */
async function kubeletVolume(token: string): Promise<string> {
  const folder = await mkdtemp(join(scratch, 'volume-'))
  await mkdir(join(folder, '..1'))
  await writeFile(join(folder, '..1', 'token'), token)
  await symlink('..1', join(folder, '..data'))
  await symlink('..data/token', join(folder, 'token'))
  return join(folder, 'token')
}

/** The kubelet writes a new folder and moves the link `..data` onto it in one step. */
async function renew(file: string, token: string): Promise<void> {
  const folder = join(file, '..')
  await mkdir(join(folder, '..2'))
  await writeFile(join(folder, '..2', 'token'), token)
  await symlink('..2', join(folder, '..data_tmp'))
  await rename(join(folder, '..data_tmp'), join(folder, '..data'))
}
