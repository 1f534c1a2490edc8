import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import type { Verdict } from '../../steps/lib/trust/verdict.ts'
import { parseRecord } from '../push-image/record.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { call, jsonOf, startCliSandbox, type Called, type CliSandbox } from './command-line.ts'

let sandbox: CliSandbox
let profile: string
let token: string
beforeAll(async () => {
  sandbox = await startCliSandbox()
  profile = join(sandbox.scratch, 'identity.yaml')
  token = join(sandbox.scratch, 'token')
  const data = {
    'tenant-id': example.tenantId,
    'client-id': example.clientId,
    'aws-role-arn': example.roleArn,
    'aws-token-resource': example.awsTokenResource,
    'aws-region': example.region,
    'https-proxy': sandbox.description.proxy,
    'ca.crt': sandbox.description.caPem,
  }
  await writeFile(profile, stringify({ kind: 'ConfigMap', metadata: { name: 'entra-identity' }, data }))
  await writeFile(token, (await sandbox.call(['token'])).stdout)
})
afterAll(async () => await sandbox[Symbol.asyncDispose]())

const image = `${example.acrHost}/${example.repository}`
const verdictOf = (called: Called): Verdict => jsonOf(called) as Verdict
const recordOf = ({ stderr }: Called) => parseRecord(`${stderr.trim().split('\n').at(-1) ?? ''}\n`)

describe('check-trust', () => {
  test('by a token file: the verdict alone on standard output, table and record on standard error', async () => {
    const called = await call([
      'check-trust',
      '--token-file',
      token,
      '--profile',
      profile,
      '--images',
      image,
      '--output',
      'json',
    ])
    expect(called.code, called.stderr).toBe(0)
    const { verdict, rows } = verdictOf(called)
    expect(verdict).toBe('trusted')
    expect(rows.map(({ check }) => check)).toContain('push')
    expect(called.stderr).toMatch(/^ok +token +for Entra: issuer/m)
    expect(recordOf(called).data).toMatchObject({ outcome: 'ok', action: { name: 'check-trust' } })
    expect(called.stdout + called.stderr).not.toContain((await readFile(token, 'utf8')).slice(-40))
  })

  test('on the running sandbox, as its state says; the results as text', async () => {
    const called = await sandbox.call(['check-trust', '--images', image, '--aws-region', example.region])
    expect(called.code, called.stderr).toBe(0)
    expect(called.stdout).toMatch(/^verdict=trusted\nfailed=\nweak=\nnot-seen=\S+\n$/)
  })

  test('ends as the step does, with the verdict all the same', async () => {
    const args = ['check-trust', '--images', image, '--aws-region', example.region, '--output', 'json']
    const called = await sandbox.call([...args, '--service-account', 'ci/intruder'])
    expect(called.code).toBe(77)
    const failed = verdictOf(called).rows.filter(({ standing }) => standing === 'failed')
    expect(failed).toMatchObject([{ check: 'credential', cause: 'entra-subject-mismatch' }])
    expect(failed[0]?.create?.[0]?.forms).toMatchObject({ az: expect.any(String), bicep: expect.any(String) })
    expect(recordOf(called).data).toMatchObject({ outcome: 'refused', error: { code: 'TRUST_BROKEN' } })
  })

  test('takes the trust policy from a file by its relative name, and a list option more than once', async () => {
    const policy = exampleCloud().accounts[0]?.roles[0]?.trustPolicy
    await writeFile(join(sandbox.scratch, 'trust-policy.json'), JSON.stringify(policy))
    const args = ['--images', image, '--images', `${example.ecrHost}/${example.repository}`]
    const called = await sandbox.call(
      ['check-trust', ...args, '--trust-policy', 'trust-policy.json', '--output', 'json'],
      { cwd: sandbox.scratch },
    )
    const { rows } = verdictOf(called)
    expect(rows.find(({ check }) => check === 'trust-policy')).toMatchObject({ standing: 'ok' })
    expect(rows.filter(({ check }) => check === 'push')).toHaveLength(2)
  })

  test('tells a wrong call before anything is started', async () => {
    const { code, stdout, stderr } = await call([
      'check-trust',
      '--token-file',
      token,
      '--fresh',
      '--service-account',
      'builder',
    ])
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain('--token-file and --fresh are different places')
    expect(stderr).toContain('--service-account: got "builder"')
  })

  test('a fault of a param is told by the step, as the user spells it', async () => {
    const { code, stdout, stderr } = await sandbox.call(['check-trust', '--images', 'docker.io/x', '--output', 'json'])
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    expect(stderr).toContain('images (host): got "docker.io"')
  })
})
