import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf, told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { wideCloud } from './clouds.ts'
import { contentsOf, expectRefused, openHandOverDoor, type HandOverDoor } from './front-door.ts'

const name = 'write-azure-environment'

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(wideCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

const { tenantId, clientId, subscriptionId } = example
const own = { 'federated-token-file': '/own/mount/token', 'subscription-id': subscriptionId }
const expected = {
  AZURE_TENANT_ID: tenantId,
  AZURE_CLIENT_ID: clientId,
  AZURE_FEDERATED_TOKEN_FILE: '/own/mount/token',
  AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  AZURE_TOKEN_CREDENTIALS: 'WorkloadIdentityCredential',
  AAD_LOGIN_METHOD: 'workloadidentity',
  ARM_USE_OIDC: 'true',
  ARM_USE_CLI: 'false',
  ARM_TENANT_ID: tenantId,
  ARM_CLIENT_ID: clientId,
  ARM_OIDC_TOKEN_FILE_PATH: '/own/mount/token',
  ARM_ENVIRONMENT: 'public',
  ARM_SUBSCRIPTION_ID: subscriptionId,
}

/** What a shell has in its environment that has sourced the file, beside what it sets itself. */
async function sourced(file: string): Promise<Record<string, string>> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-ec', `. ${file}; exec env`], { env: {} })
  const pairs = stdout
    .trimEnd()
    .split('\n')
    .map((line): [string, string] => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
  return Object.fromEntries(pairs.filter(([variable]) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(variable)))
}

test('writes what the tools read, to be sourced or read line by line, after an exchange of which nothing is left', async () => {
  door.requests()
  const result = await door.run(name, own)
  expect(result.step.status, result.step.stderr).toBe(0)
  const contents = await contentsOf(result.volume)
  expect(Object.fromEntries(Object.entries(contents).map(([path, { mode }]) => [path, mode]))).toEqual({
    azure: '700',
    'azure/environment.env': '600',
    'azure/environment.sh': '600',
  })
  expect(await sourced(join(result.volume, 'azure/environment.sh'))).toEqual(expected)
  const lines = Object.entries(expected).map(([variable, value]) => `${variable}=${value}\n`)
  expect(contents['azure/environment.env']?.text).toBe(lines.join(''))
  expect(door.requests().filter((one) => one.startsWith('entra POST'))).toEqual([
    expect.stringMatching(/\/oauth2\/v2\.0\/token 200$/),
  ])
  expect(result.record.data.tokens.find(({ kind }) => kind === 'entra')?.audience).toContain('management.')
  expect(told(result.step.stderr, 'written')).toEqual([
    expect.stringContaining('renews itself'),
    expect.stringContaining('renews itself'),
  ])
})

test('keeps the lines of other variables, and takes the place of its own of before', async () => {
  const volume = await door.volume()
  await mkdir(join(volume, 'azure'))
  await writeFile(join(volume, 'azure/environment.sh'), "export TF_LOG='info'\nexport ARM_TENANT_ID='old'\n")
  const result = await door.run(name, own, { volume })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(await sourced(join(volume, 'azure/environment.sh'))).toEqual({ TF_LOG: 'info', ...expected })
})

test('is refused, and writes nothing, where Entra does not trust the pod', async () => {
  const result = await door.run(name, own, { token: { serviceAccount: 'default' } })
  await expectRefused(result, 'ENTRA_SUBJECT_MISMATCH', { exit: 77 })
})

test('names all faults at once, and asks nobody', async () => {
  door.requests()
  const params = { 'subscription-id': 'shop', 'federated-token-file': 'token; rm -rf /' }
  const result = await door.run(name, params, { profile: { 'client-id': undefined } })
  await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
  expect(faultsOf(result)).toEqual([
    expect.stringMatching(/^subscription-id: got "shop", expected a subscription id/),
    expect.stringMatching(/^federated-token-file: got "token; rm -rf \/", expected an absolute path/),
    expect.stringMatching(/^client-id: got nothing/),
  ])
  expect(door.requests()).toEqual([])
})

test('a dry run tries the exchange, and leaves nothing', async () => {
  door.requests()
  const result = await door.run(name, { ...own, 'dry-run': 'true' })
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(await contentsOf(result.volume)).toEqual({})
  expect(door.requests().some((one) => one.startsWith('entra POST'))).toBe(true)
})
