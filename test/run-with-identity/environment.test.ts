import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTask } from '../contract/repository.ts'
import { profileOf } from '../hand-over/front-door.ts'
import { told } from '../push-image/told.ts'
import { findLeaks } from '../sandbox/canary.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openFront } from '../../steps/run-with-identity/front.ts'
import { dryHandlers } from '../../steps/run-with-identity/doors.ts'
import { countRefusals } from '../../steps/run-with-identity/refusals.ts'
import { askAws, askAzure, askImds, send } from './ask.ts'
import { openBrokerDoor, type BrokerDoor } from './broker-door.ts'
import { resources, withSink } from './clouds.ts'
import { freePort } from '../free-port.ts'

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** What a shell adds by itself. */
const isOfSystem = (name: string) => ['PATH', 'PWD', 'SHLVL', '_', '__CF_USER_TEXT_ENCODING'].includes(name)

test('the command finds what SDKs look for, nothing of ours beside, and blanks where the webhooks’ variables would be', async () => {
  const run = await door.start()
  const { env, port, handOver } = run
  const found = Object.fromEntries(Object.entries(env).filter(([name]) => !isOfSystem(name)))
  expect(found).toEqual({
    HOME: expect.stringContaining('tekton-entra-home'),
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/aws/credentials`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: join(handOver, 'identity/aws-authorization'),
    AWS_REGION: example.region,
    AWS_DEFAULT_REGION: example.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/azure/token`,
    IDENTITY_HEADER: 'run-with-identity',
    AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://127.0.0.1:${port}`,
    ARM_MSI_ENDPOINT: `http://127.0.0.1:${port}/metadata/identity/oauth2/token`,
    // Not asked for; clients then look where they would without them.
    DOCKER_CONFIG: '',
    REGISTRY_AUTH_FILE: '',
    KUBECONFIG: '',
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_SESSION_TOKEN: '',
    AWS_ROLE_ARN: '',
    AWS_WEB_IDENTITY_TOKEN_FILE: '',
    AZURE_CLIENT_ID: '',
    AZURE_TENANT_ID: '',
    AZURE_FEDERATED_TOKEN_FILE: '',
  })
  await run.end()
})

test.each([
  ['0600', 0o600, 0o700],
  ['0640', 0o640, 0o750],
] as const)('the authorization token lies in a file of mode %s, without a line end', async (mode, file, folder) => {
  const run = await door.start({ params: { 'file-mode': mode } })
  const path = run.env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? ''
  const modes = [(await lstat(path)).mode & 0o777, (await lstat(join(path, '..'))).mode & 0o777]
  expect(modes).toEqual([file, folder])
  expect(await readFile(path, 'utf8')).toMatch(/^[\w-]{43}$/)
  await run.end()
})

test('the command can reach no token of ours: neither mounts nor files lead to one', async () => {
  const { spec } = readTask('run-with-identity')
  const mounts = spec.steps.find(({ name }) => name === 'run')?.volumeMounts?.map(({ name }) => name)
  expect(mounts).toEqual(['tekton-entra-no-api-token', 'tekton-entra-hand-over', 'tekton-entra-home'])
  const mounting = (volume: string) =>
    [...spec.steps, ...(spec.sidecars ?? [])].filter((one) => one.volumeMounts?.some(({ name }) => name === volume))
  expect(mounting('tekton-entra-token').map(({ name }) => name)).toEqual(['broker'])
  expect(mounting('tekton-entra-sealed').map(({ name }) => name)).toEqual(['open', 'seal', 'broker'])
  const run = await door.start()
  await askAws(run)
  const entries = await readdir(run.handOver, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  const texts = await Promise.all(files.map(async (file) => ({ where: file, text: await readFile(file, 'utf8') })))
  expect(texts).toHaveLength(1)
  expect(findLeaks(door.sandbox.minted.all, texts)).toEqual([])
  await run.end()
})

describe('only what is handed out is there', () => {
  test('without Azure', async () => {
    const run = await door.start({ params: { 'azure-resources': [] } })
    expect(run.env).toMatchObject({ IDENTITY_ENDPOINT: '', AZURE_POD_IDENTITY_AUTHORITY_HOST: '' })
    for (const ask of [askAzure, askImds]) {
      const path = ask === askAzure ? '/azure/token' : '/metadata/identity/oauth2/token'
      const query = `?api-version=2019-08-01&resource=${encodeURIComponent(resources.vault)}`
      const { status } = await ask(run, { url: `http://127.0.0.1:${run.port}${path}${query}` })
      expect(status).toBe(403)
    }
    expect((await run.end()).list).toEqual([])
  })

  test('without AWS', async () => {
    const run = await door.start({ params: { clouds: ['azure'] } })
    expect(run.env).toMatchObject({ AWS_CONTAINER_CREDENTIALS_FULL_URI: '', AWS_REGION: '' })
    expect((await askAws(run, { url: `http://127.0.0.1:${run.port}/aws/credentials` })).status).toBe(403)
    expect((await run.end()).list).toEqual([])
  })
})

test('variables of one’s own come from a ConfigMap, and never take the place of the broker’s', async () => {
  const configMaps = {
    'entra-identity': profileOf(door.sandbox),
    terraform: { TF_VAR_size: 'small', AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', IDENTITY_ENDPOINT: 'http://attacker.example' },
  }
  const run = await door.start({ params: { 'env-from': 'terraform' }, run: { configMaps } })
  expect(run.env).toMatchObject({
    TF_VAR_size: 'small',
    AWS_ACCESS_KEY_ID: '',
    IDENTITY_ENDPOINT: `http://127.0.0.1:${run.port}/azure/token`,
  })
  await run.end()
})

describe('a dry run', () => {
  test('obtains everything, says to whom, for which resources and hosts, hands out nothing, and runs nothing', async () => {
    door.requests()
    const ended = await door.run({ params: { 'dry-run': 'true' }, profile: withSink })
    const [open, command, seal] = ended.steps
    expect(ended.succeeded, ended.log.open).toBe(true)
    expect([open?.skipped, command?.skipped, seal?.skipped]).toEqual([false, true, false])
    const plan = told(ended.log.open, 'plan').map((text) => text.replace(/\s+/g, ' '))
    expect(plan).toEqual([
      expect.stringMatching(
        /^AWS: sessions of arn:aws:sts::123456789012:assumed-role\/ci-push\/\S+, now until \S+; for all hosts of AWS$/,
      ),
      expect.stringMatching(
        /^Azure: tokens for https:\/\/vault\.azure\.net, as \S+, now until \S+; for \*\.vault\.azure\.net$/,
      ),
    ])
    expect(door.requests().some((request) => request.startsWith('sts '))).toBe(true)
    expect(ended.list).toEqual([])
    expect(ended.results).toMatchObject({ 'hand-outs': '0' })
    expect(ended.records.broker?.data.action).toMatchObject({ dryRun: true, handOuts: { count: 0 } })
  })

  test('is refused as the run would be', async () => {
    const params = { 'dry-run': 'true', 'azure-resources': [resources.unassigned] }
    const ended = await door.run({ params })
    expect(ended.succeeded).toBe(false)
    expect(told(ended.log.open, 'error')).toEqual(['ENTRA_RESOURCE_UNKNOWN   open-identity'])
  })

  // The command does not run: somebody else of the pod asks, between the first step and the last.
  test.each(['/aws/credentials', '/azure/token', '/metadata/identity/oauth2/token'])(
    'answers nobody at %s',
    async (path) => {
      const port = await freePort()
      const front = await openFront(
        port,
        countRefusals(() => {}),
      )
      front.serve(dryHandlers())
      const { status, body } = await send(`http://127.0.0.1:${port}${path}`)
      expect({ status, code: body['Code'] }).toEqual({ status: 403, code: 'BROKER_DRY_RUN' })
      front.close()
    },
  )
})
