import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { cloudWith } from '../unit/aws/federated.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { clusterCloud, clusterProfile } from './identity-clouds.ts'
import { expectEnd, faultsOf } from './told.ts'

const region = 'us-east-1'
const { accountId: id, repository } = example
const plainHost = `${id}.dkr.ecr.${region}.amazonaws.com`
const fipsHost = `${id}.dkr.ecr-fips.${region}.amazonaws.com`

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudWith({ region }))
})
afterAll(async () => await door[Symbol.asyncDispose]())

/** Hosts of AWS that a push has asked. */
async function hostsOf(
  own: FrontDoor,
  host: string,
  profile: Readonly<Record<string, string | undefined>>,
): Promise<string[]> {
  const before = own.sandbox.journal.entries.length
  const { step } = await own.push(`${host}/${repository}:1`, { profile })
  expect(step.status, step.stderr).toBe(0)
  const asked = own.sandbox.journal.entries.slice(before).filter(({ standIn }) => /^(sts|ecr)/.test(standIn))
  return [...new Set(asked.map(({ host: one }) => one))].toSorted()
}

const fipsHosts = ['api.ecr-fips.us-east-1.amazonaws.com', 'sts-fips.us-east-1.amazonaws.com']
const plainHosts = ['api.ecr.us-east-1.amazonaws.com', 'sts.us-east-1.amazonaws.com']

test.each([
  ['plain', plainHost, plainHosts],
  ['dual-stack', plainHost, ['ecr.us-east-1.api.aws', 'sts.us-east-1.api.aws']],
  ['fips', fipsHost, fipsHosts],
  ['fips-dual-stack', fipsHost, ['ecr-fips.us-east-1.api.aws', 'sts-fips.us-east-1.api.aws']],
])('aws-endpoints: %s asks these of STS and of the ECR API, and no others', async (name, host, apis) => {
  expect(await hostsOf(door, host, { 'aws-endpoints': name })).toEqual([host, ...apis].toSorted())
})

test('without the choice the registry’s own kind is asked', async () => {
  expect(await hostsOf(door, fipsHost, {})).toEqual([fipsHost, ...fipsHosts].toSorted())
})

test('holds for AWS without Entra, too', async () => {
  await using own = await openFrontDoor(clusterCloud(cloudWith({ region })))
  const profile = { ...clusterProfile, 'aws-endpoints': 'fips' }
  expect(await hostsOf(own, fipsHost, profile)).toEqual([fipsHost, ...fipsHosts].toSorted())
})

test.each([
  ['fips', plainHost, /^aws-endpoints: got "fips", expected a FIPS host .* in the place of \d+\.dkr\.ecr\.us-east-1/],
  ['plain', fipsHost, /^aws-endpoints: got "plain", expected fips or fips-dual-stack, as \S+ is a FIPS host$/],
  ['dual-stack', fipsHost, /^aws-endpoints: got "dual-stack", expected fips or fips-dual-stack/],
])('refuses %s for %s before anything is sent: FIPS and plain are never mixed', async (name, host, fault) => {
  door.requests()
  const refused = await door.push(`${host}/${repository}:1`, { params: { 'aws-endpoints': name } })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([expect.stringMatching(fault)])
  expect(door.requests()).toEqual([])
})

test('is a guard of the profile: a param cannot take its place', async () => {
  door.requests()
  const refused = await door.push(`${fipsHost}/${repository}:1`, {
    profile: { 'aws-endpoints': 'fips' },
    params: { 'aws-endpoints': 'plain' },
  })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([
    expect.stringMatching(/^aws-endpoints: got "plain", expected nothing: the profile entra-identity sets it/),
  ])
  expect(door.requests()).toEqual([])
})

test('the token of AWS for Entra is asked of the endpoints that were chosen', async () => {
  const cloud = clusterCloud(cloudWith({ region }))
  await using own = await openFrontDoor(cloud)
  const profile = { 'azure-identity': 'aws', 'aws-identity': 'cluster', 'aws-region': region, 'aws-endpoints': 'fips' }
  // The account gives no such tokens; who was asked is what counts.
  expectEnd(await own.push(acrImage, { profile }), 'AWS_OUTBOUND_DISABLED', 77)
  const hosts = own.sandbox.journal.entries.filter(({ standIn }) => standIn === 'sts').map(({ host }) => host)
  expect([...new Set(hosts)]).toEqual(['sts-fips.us-east-1.amazonaws.com'])
})
