import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { writeSampleLayout } from '../sandbox/sample-image.ts'
import { call, jsonOf, startCliSandbox } from './command-line.ts'
import type { CliSandbox } from './command-line.ts'
import { outcomeOf } from './task-outcome.ts'

let sandbox: CliSandbox
let source: string
let digest: string
beforeAll(async () => {
  sandbox = await startCliSandbox()
  source = join(sandbox.scratch, 'image')
  digest = await writeSampleLayout(source, { layers: [{ hello: 'hello\n' }] })
})
afterAll(async () => await sandbox[Symbol.asyncDispose]())

const acrImage = `${example.acrHost}/${example.repository}:1.4.2`
const ecrImage = `${example.ecrHost}/${example.repository}:1.4.2`
const push = (image: string, ...more: string[]) => [
  'task',
  'push-image',
  '-p',
  `image=${image}`,
  '-w',
  `source=${source}`,
  ...more,
]
const noWait = ['-p', 'propagation-wait=0s']

describe('task push-image', () => {
  test.each([acrImage, ecrImage])('pushes to %s on the running sandbox, with what its state says', async (image) => {
    const called = await sandbox.call(push(image))
    const { succeeded, exitCode, results, record } = outcomeOf(called)
    expect({ code: called.code, succeeded, exitCode }).toEqual({ code: 0, succeeded: true, exitCode: 0 })
    expect(results).toMatchObject({ IMAGE_URL: image, IMAGE_DIGEST: digest })
    expect(record.data).toMatchObject({ outcome: 'ok', identity: { subject: 'system:serviceaccount:ci:builder' } })
    expect(called.stderr).toMatch(/^profile +tenant-id=.* client-id=.*\(from the state of the clouds\)$/m)
    expect(called.stderr).toMatch(/^done /m)
  })

  test('is refused for a service account that nobody trusts, with the step’s own status, record and remedy', async () => {
    const called = await sandbox.call(push(acrImage, '--service-account', 'ci/intruder', ...noWait))
    const { succeeded, exitCode, results, record } = outcomeOf(called)
    expect({ code: called.code, succeeded, exitCode, results }).toEqual({
      code: 77,
      succeeded: false,
      exitCode: 77,
      results: {},
    })
    expect(record.data).toMatchObject({ outcome: 'refused', error: { code: 'ENTRA_SUBJECT_MISMATCH' } })
    expect(called.stderr).toContain('az identity federated-credential create')
  })

  test('pushes nothing in a dry run', async () => {
    const image = `${example.acrHost}/${example.repository}:dry`
    const called = await sandbox.call(push(image, '-p', 'dry-run=true'))
    expect(outcomeOf(called)).toMatchObject({ exitCode: 0, results: { IMAGE_URL: '', IMAGE_DIGEST: '' } })
    expect((await sandbox.call(['log', '--json'])).stdout).not.toContain('manifests/dry","status":201')
  })

  test('gives the results alone as text', async () => {
    const { stdout } = await sandbox.call(push(acrImage, '--output', 'text'))
    expect(stdout).toMatch(
      new RegExp(`^IMAGE_URL=${acrImage}\nIMAGE_DIGEST=${digest}\nIMAGES=\\S+@${digest}\nrecord=\\S+ sha256:\\w+\n$`),
    )
  })

  test('takes an identity profile from a file, a ConfigMap or its keys', async () => {
    const data = {
      'tenant-id': example.tenantId,
      'client-id': example.awsAppId,
      'https-proxy': 'http://127.0.0.1:1',
      'no-proxy': '*',
    }
    for (const [name, text] of [
      ['map.yaml', stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'entra-identity' }, data })],
      ['keys.json', JSON.stringify(data)],
    ] as const) {
      const file = join(sandbox.scratch, name)
      await writeFile(file, text)
      const called = await sandbox.call(push(acrImage, '--profile', file, ...noWait))
      // The other client has no federated credential, and the profile's own way out was not taken.
      expect(outcomeOf(called).record.data.outcome).toBe('refused')
      expect(called.stderr).toMatch(new RegExp(`^input +client-id +${example.awsAppId} +\\(profile\\)$`, 'm'))
    }
  })

  test('hands each entry of a list on, commas and all', async () => {
    const lists = ['-p', 'allowed-accounts=111111111111', '-p', 'allowed-accounts=222222222222']
    const called = await sandbox.call(push(ecrImage, ...lists))
    expect(called.code).toBe(77)
    expect(called.stderr).toMatch(/^input +allowed-accounts +111111111111 222222222222 +\(param\)$/m)
    const comma = await sandbox.call(push(ecrImage, '-p', 'allowed-accounts=111111111111,222222222222'))
    expect(comma.code).toBe(64)
  })

  test('refuses what Tekton would drop, and whatever else is wrong, before anything runs', async () => {
    const before = (await sandbox.call(['log'])).stdout
    const wrong =
      'task push-image -p dryrun=true -p path=a -p path=b -p nothing -w sorce=/tmp -w source=/nonexistent --service-account builder --token-file x'
    const called = await sandbox.call(wrong.split(' '))
    expect(called).toMatchObject({ code: 64, stdout: '' })
    const told = called.stderr.replace(/\n {9}/g, ' ')
    for (const fault of [
      'push-image has no param "dryrun"; did you mean "dry-run"?',
      'path is given 2 times, and takes one value',
      '--param: got "nothing", expected NAME=VALUE',
      '--param image=… is missing',
      'push-image has no workspace "sorce"; did you mean "source"?',
      '--workspace source: /nonexistent is no folder',
      '--service-account: got "builder"',
      '--token-file is for --real',
    ]) {
      expect(told).toContain(fault)
    }
    expect((await sandbox.call(['log'])).stdout).toBe(before)
    const lenient = await sandbox.call(push(acrImage, '-p', 'dryrun=true', '--like-tekton'))
    // Which is why: it was not a dry run.
    expect(outcomeOf(lenient).results).toMatchObject({ IMAGE_DIGEST: digest })
  })

  test('names a wrong value as the step does, with the step’s status', async () => {
    const called = await sandbox.call(push('docker.io/library/web'))
    expect(called.code).toBe(64)
    expect(outcomeOf(called).record.data.error?.code).toBe('INPUT_INVALID')
  })

  test('runs on clouds of its own with --fresh or --config, and with nothing else it says what there is', async () => {
    const elsewhere = { env: { TEKTON_ENTRA_STATE: join(sandbox.scratch, 'nowhere') } }
    const alone = await call(push(acrImage), elsewhere)
    expect(alone).toMatchObject({ code: 75, stdout: '' })
    expect(alone.stderr).toMatch(/--fresh or --config FILE/)
    const fresh = await call(push(acrImage, '--fresh'), elsewhere)
    expect(outcomeOf(fresh)).toMatchObject({ exitCode: 0, results: { IMAGE_DIGEST: digest } })
    const file = join(sandbox.scratch, 'clouds.json')
    await writeFile(file, JSON.stringify({ ...exampleCloud(), acrRegistries: [], subscriptions: [] }))
    const withoutAcr = await call(push(acrImage, '--config', file, ...noWait), elsewhere)
    expect(outcomeOf(withoutAcr)).toMatchObject({ succeeded: false, results: {} })
    const both = await call(push(acrImage, '--config', file, '--fresh'), elsewhere)
    expect(both).toMatchObject({ code: 64, stdout: '' })
  })

  test('passes a signal on: the step ends with its record, and nothing is pushed', async () => {
    const added = jsonOf(await sandbox.call(['fault', 'add', '--stand-in', 'entra', '--kind', 'stall'])) as {
      ids: string[]
    }
    const image = `${example.acrHost}/${example.repository}:late`
    const log = sandbox.start(['log', '--follow'])
    const running = sandbox.start(push(image))
    await log.until('stdout', /fault: stall/)
    running.child.kill('SIGTERM')
    const called = await running.ended
    log.child.kill('SIGTERM')
    expect((await log.ended).code).toBe(0)
    expect(called.code).toBe(143)
    expect(outcomeOf(called).record.data).toMatchObject({ outcome: 'cancelled', error: { code: 'CANCELLED' } })
    expect(await sandbox.call(['fault', 'clear', ...added.ids])).toMatchObject({ code: 0 })
  })
})

describe('task --real', () => {
  test('takes the token from the file and the way out from the profile, and neither from the sandbox', async () => {
    const folder = join(sandbox.scratch, 'real')
    await mkdir(folder)
    const [token, profile] = [join(folder, 'token'), join(folder, 'profile.yaml')]
    await writeFile(token, (await sandbox.call(['token'])).stdout)
    // The test's stand-in for the real clouds: reached as a company's proxy would be, by the profile's own words.
    const { proxy, caFile } = sandbox.description
    const keys = {
      'tenant-id': example.tenantId,
      'client-id': example.clientId,
      'https-proxy': proxy,
      'ca.crt': await readFile(caFile, 'utf8'),
    }
    await writeFile(profile, stringify(keys))
    const real = await call(push(acrImage, '--real', '--token-file', token, '--profile', profile))
    expect(outcomeOf(real)).toMatchObject({ exitCode: 0, results: { IMAGE_DIGEST: digest } })
    // A proxy that nobody listens at: without the profile's CA and proxy there is no way, also not through the sandbox.
    await writeFile(profile, stringify({ ...keys, 'https-proxy': 'http://127.0.0.1:9' }))
    const nowhere = await call(push(acrImage, '--real', '--token-file', token, '--profile', profile, ...noWait))
    expect(nowhere.code).toBe(75)
  })

  test('needs the token file, and does not go with a sandbox', async () => {
    const called = await call(push(acrImage, '--real', '--state', 'x'))
    expect(called).toMatchObject({ code: 64, stdout: '' })
    expect(called.stderr).toContain('--real needs --token-file FILE')
    expect(called.stderr).toContain('--real and --state are different places')
    const missing = await call(push(acrImage, '--real', '--token-file', '/nonexistent'))
    expect(missing).toMatchObject({ code: 64, stdout: '' })
  })
})
