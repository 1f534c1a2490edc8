import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { systemClock } from '../../../steps/lib/core/clock.ts'
import { keptDockerConfig, keptKubeconfig, type KeptFile } from '../../../steps/lib/federation/kept-files.ts'
import { readRegistries } from '../../../steps/lib/federation/registry-entries.ts'
import { openHandOverFolder, type HandOverFolder } from '../../../steps/lib/handover/hand-over-folder.ts'
import { keepFresh } from '../../../steps/lib/handover/keep-fresh.ts'
import { memory } from '../../hand-over/front-door.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { context, openFederated, type Federated } from '../aws/federated.ts'

const { acrHost, ecrHost, region, repository } = example

let volume: string
beforeEach(async () => {
  volume = await mkdtemp(join(memory, 'tekton-entra-kept-'))
})
afterEach(async () => await rm(volume, { recursive: true }))

/** A cloud, a folder for its credentials, and a book of what was handed out. */
async function setUp() {
  const cloud = await openFederated()
  const { signal } = new AbortController()
  const opened = await openHandOverFolder({ volume, folder: 'kept', mode: 0o640, clock: systemClock, signal })
  const folder = { ...opened, pathOf: (file: string) => join(opened.path, file) }
  const booked: string[] = []
  const state = { sinkIsDown: false }
  const renew = async (kept: KeptFile): Promise<number> => {
    const content = await kept.obtain({ federation: cloud.federation, target: cloud.target() })
    if (state.sinkIsDown) throw new Error('not recorded')
    booked.push(`${kept.place.file.slice(volume.length)}: ${kept.place.entry}`)
    await content.write()
    return content.expiresAt
  }
  return { cloud, folder, booked, state, renew, [Symbol.asyncDispose]: async () => await close(cloud, folder) }
}

async function close(cloud: Federated, folder: HandOverFolder): Promise<void> {
  await folder[Symbol.asyncDispose]()
  await cloud[Symbol.asyncDispose]()
}

const identity = {
  'tenant-id': example.tenantId,
  'client-id': example.clientId,
  'azure-cloud': 'AzureCloud',
  'aws-role-arn': example.roleArn,
  'aws-region': region,
  'aws-token-resource': example.awsTokenResource,
  'aws-session-duration': 3_600_000,
} as const

const dockerConfig = async () =>
  JSON.parse(await readFile(join(volume, 'kept/config.json'), 'utf8')) as { auths: Record<string, { auth: string }> }

test('docker’s configuration: exactly the registries named, for the group, and each renewal is an exchange of its own', async () => {
  await using opened = await setUp()
  const { cloud, folder, booked, renew } = opened
  const inputs = { ...identity, registries: [acrHost, `${ecrHost}/${repository}`], access: 'pull' } as const
  const registries = readRegistries(inputs, context)
  const kept = keptDockerConfig(folder, { registries, inputs, note: () => {} })
  expect(await renew(kept)).toBeGreaterThan(cloud.sandbox.world.clock.now())
  const first = (await dockerConfig()).auths
  expect(Object.keys(first).toSorted()).toEqual([ecrHost, acrHost].toSorted())
  expect((await stat(join(volume, 'kept/config.json'))).mode & 0o777).toBe(0o640)
  expect(booked).toEqual([`/kept/config.json: logins to ${acrHost} ${ecrHost}`])
  const exchanges = () => cloud.calls('entra').filter((call) => /^token .*200/i.test(call)).length
  expect(exchanges()).toBe(2)
  await renew(kept)
  expect(exchanges()).toBe(2)
  expect(booked).toHaveLength(2)
  const second = (await dockerConfig()).auths
  expect(second[ecrHost]?.auth).not.toBe(first[ecrHost]?.auth)
  await kept.withdraw()
  expect(await readdir(join(volume, 'kept'))).toEqual([])
})

test('what is not recorded is not written, and what was there stays', async () => {
  await using opened = await setUp()
  const { folder, state, renew } = opened
  const inputs = { ...identity, registries: [ecrHost], access: 'push' } as const
  const registries = readRegistries(inputs, context)
  const kept = keptDockerConfig(folder, { registries, inputs, note: () => {} })
  state.sinkIsDown = true
  await expect(renew(kept)).rejects.toThrow('not recorded')
  expect(await readdir(join(volume, 'kept'))).toEqual([])
  state.sinkIsDown = false
  await renew(kept)
  const before = await dockerConfig()
  state.sinkIsDown = true
  await expect(renew(kept)).rejects.toThrow('not recorded')
  expect(await dockerConfig()).toEqual(before)
})

const cluster = { 'cluster-type': 'eks', 'cluster-name': 'shop', 'cluster-server': 'https://shop.example' } as const

test('an EKS token of 15 minutes is replaced in its own file for an hour, and goes when the identity is trusted no more', async () => {
  await using opened = await setUp()
  const { cloud, folder, booked, renew } = opened
  const kept = keptKubeconfig(folder, cluster)
  const seen = new Set<string>()
  const look = async () => {
    seen.add(await readFile(join(volume, 'kept/shop.token'), 'utf8'))
    if (seen.size !== 8) return
    const { namespace } = example
    await writeFile(
      cloud.federation.identity.tokenPath,
      cloud.sandbox.mintToken({ namespace, serviceAccount: 'other' }),
    )
  }
  const first = await renew(kept)
  await look()
  const { clock } = cloud.sandbox.world
  const startedAt = clock.now()
  const sleep = async (ms: number) => clock.advance(ms)
  const told: string[] = []
  const renewing = {
    name: 'shop',
    withdraw: async () => await kept.withdraw(),
    renew: async () => {
      const expiresAt = await renew(kept)
      await look()
      return expiresAt
    },
  }
  const refusal = await keepFresh(renewing, first, {
    clock: { now: () => clock.now(), sleep },
    signal: new AbortController().signal,
    oldestMs: 3_600_000,
    tell: ({ kind }) => void told.push(kind),
  })
  expect(refusal).toMatchObject({ code: 'ENTRA_SUBJECT_MISMATCH' })
  expect(clock.now() - startedAt).toBeGreaterThan(50 * 60_000)
  expect(told).toEqual([...Array.from({ length: 7 }, () => 'renewed'), 'refused'])
  expect(seen.size).toBe(8)
  expect(booked).toEqual(Array.from({ length: 8 }, () => '/kept/shop.token: token for the cluster shop'))
  // What is left holds no credential.
  expect(await readdir(join(volume, 'kept'))).toEqual(['config'])
})
