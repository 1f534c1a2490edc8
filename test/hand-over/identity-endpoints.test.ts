import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { faultsOf } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { expectRefused, openHandOverDoor, type HandOverDoor, type HandOverResult, type Params } from './front-door.ts'
import { eks, fipsCloud, openEksHost, whoami } from './identity-clouds.ts'

const region = 'us-east-1'
const plainHost = `${example.accountId}.dkr.ecr.${region}.amazonaws.com`
const fipsHost = `${example.accountId}.dkr.ecr-fips.${region}.amazonaws.com`

let door: HandOverDoor
beforeAll(async () => {
  door = await openHandOverDoor(fipsCloud())
})
afterAll(async () => await door[Symbol.asyncDispose]())

const kube = { ...eks, 'aws-region': region }
const sts = 'sts-fips.us-east-1.amazonaws.com'

/** Hosts of AWS that are asked while something is done. */
async function hostsWhile(work: () => Promise<HandOverResult>): Promise<readonly [HandOverResult, string[]]> {
  const before = door.sandbox.journal.entries.length
  const result = await work()
  const asked = door.sandbox.journal.entries.slice(before).filter(({ standIn }) => /^(sts|ecr)/.test(standIn))
  return [result, [...new Set(asked.map(({ host }) => host))].toSorted()]
}

test.each<[string, Params, string[]]>([
  ['login-registries', { registries: [fipsHost] }, ['api.ecr-fips.us-east-1.amazonaws.com', sts]],
  ['write-aws-profile', { profiles: [`default ${region}`] }, [sts]],
  ['write-kubeconfig', kube, [sts]],
])('%s asks the endpoints of the guard and no others, which a param cannot change', async (name, params, hosts) => {
  const profile = { 'aws-endpoints': 'fips' }
  const [result, asked] = await hostsWhile(async () => await door.run(name, params, { profile }))
  expect(result.step.status, result.step.stderr).toBe(0)
  expect(asked).toEqual(hosts)
  door.requests()
  const refused = await door.run(name, { ...params, 'aws-endpoints': 'plain' }, { profile })
  await expectRefused(refused, 'INPUT_INVALID', { exit: 64 })
  expect(faultsOf(refused).join()).toContain('the profile entra-identity sets it')
  expect(door.requests()).toEqual([])
})

test('without the choice a login is asked for by the registry’s own kind', async () => {
  const [, asked] = await hostsWhile(async () => await door.run('login-registries', { registries: [fipsHost] }))
  expect(asked).toEqual(['api.ecr-fips.us-east-1.amazonaws.com', sts])
})

test('refuses FIPS for a plain registry before anything is sent', async () => {
  door.requests()
  const result = await door.run('login-registries', { registries: [plainHost], 'aws-endpoints': 'fips' })
  await expectRefused(result, 'INPUT_INVALID', { exit: 64 })
  expect(faultsOf(result)).toEqual([expect.stringMatching(/^aws-endpoints: got "fips", expected a FIPS host/)])
  expect(door.requests()).toEqual([])
})

test.each([
  ['fips', 'use_fips_endpoint = true'],
  ['dual-stack', 'use_dualstack_endpoint = true'],
])('write-aws-profile hands %s on to the tools, which would ask the plain ones', async (name, setting) => {
  const params = { profiles: [`default ${region}`], 'aws-endpoints': name }
  const result = await door.run('write-aws-profile', params)
  expect(result.step.status, result.step.stderr).toBe(0)
  const config = await readFile(join(result.volume, 'aws/config'), 'utf8')
  expect(config.split('\n').filter((line) => line.startsWith('use_'))).toEqual([setting])
})

test('EKS takes a token of FIPS, and with dual-stack one of the host that it knows', async () => {
  for (const [name, host] of [
    ['fips', sts],
    ['dual-stack', 'sts.us-east-1.amazonaws.com'],
  ] as const) {
    const result = await door.run('write-kubeconfig', { ...kube, 'aws-endpoints': name })
    const token = await readFile(join(result.volume, 'kube/shop.token'), 'utf8')
    const url = Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8')
    expect(new URL(url).host).toBe(host)
    expect(await whoami(door.sandbox, openEksHost, token)).toMatchObject({ status: 201 })
  }
})
