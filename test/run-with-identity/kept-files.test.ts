import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clusterHosts, otherAccountId, readOnlyAcrHost, wideCloud } from '../hand-over/clouds.ts'
import { memory } from '../hand-over/front-door.ts'
import { told } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { openBrokerDoor, type BrokerDoor } from './broker-door.ts'
import { brokerCloud } from './clouds.ts'

const { acrHost, ecrHost } = example

let door: BrokerDoor
beforeAll(async () => {
  door = await openBrokerDoor(brokerCloud(wideCloud()))
})
afterAll(async () => await door[Symbol.asyncDispose]())

const registries = { clouds: ['none'], 'azure-resources': [], registries: [acrHost, ecrHost] }
/** A log without its line breaks. */
const plain = (log: string) => log.replace(/\s+/g, ' ')

const cluster = { 'cluster-type': 'aks', 'cluster-name': 'shop', 'cluster-server': `https://${clusterHosts.aks}:443` }

test('files are there while the command runs, with the mode that was asked for; sealed, no credential is left', async () => {
  const run = await door.start({ params: { ...registries, ...cluster, 'file-mode': '0640' } })
  const mode = async (path: string) => (await stat(path)).mode & 0o777
  const config = run.env['REGISTRY_AUTH_FILE'] ?? ''
  expect(config).toBe(join(run.env['DOCKER_CONFIG'] ?? '', 'config.json'))
  expect(await mode(config)).toBe(0o640)
  const kube = run.env['KUBECONFIG'] ?? ''
  expect((await readdir(join(kube, '..'))).toSorted()).toEqual(['config', 'shop.token'])
  expect(await mode(join(kube, '../shop.token'))).toBe(0o640)
  // Not asked for: no endpoint of the clouds.
  expect([run.env['AWS_CONTAINER_CREDENTIALS_FULL_URI'], run.env['IDENTITY_ENDPOINT']]).toEqual(['', ''])
  const { succeeded, list, records } = await run.end()
  expect(succeeded).toBe(true)
  expect(list.map((line) => (JSON.parse(line) as { entry: string }).entry)).toEqual([
    `logins to ${acrHost} ${ecrHost}`,
    'token for the cluster shop',
  ])
  expect(records.broker?.data.action).toMatchObject({ handOuts: { count: 2 } })
  expect(await readdir(join(config, '..')).catch(() => [])).toEqual([])
  expect(await readdir(join(kube, '..'))).toEqual(['config'])
})

test('a dry run obtains every login, says so, and writes nothing', async () => {
  const { succeeded, log, list, results } = await door.run({
    params: { ...registries, ...cluster, 'dry-run': 'true' },
  })
  expect(succeeded).toBe(true)
  expect(plain(log.open)).toMatch(/plan \S*\/docker\/config\.json: logins to/)
  expect(plain(log.open)).toMatch(/plan \S*\/kube\/shop\.token: token for the cluster shop/)
  expect(list).toEqual([])
  expect(results['hand-outs']).toBe('0')
})

describe('a run fails in its first step, and its command never starts', () => {
  test('one registry of two is refused: no login is handed out', async () => {
    const { steps, log, list } = await door.run({
      params: {
        ...registries,
        ...cluster,
        registries: [ecrHost, `${readOnlyAcrHost}/${example.repository}`],
        'registries-access': 'push',
      },
    })
    expect(steps.find(({ name }) => name === 'run')?.skipped).toBe(true)
    expect(log.open).toContain('ACR_NOT_GRANTED')
    expect(list).toEqual([])
  })

  test('one file of two is refused: the other is not left in the volume', async () => {
    const folder = async () => await mkdtemp(join(memory, 'tekton-entra-kept-'))
    const [sealed, handOver, token] = await Promise.all([folder(), folder(), folder()])
    const volumeFolders = {
      'tekton-entra-sealed': sealed,
      'tekton-entra-hand-over': handOver,
      'tekton-entra-token': token,
    }
    const { steps, log } = await door.run({
      params: {
        ...registries,
        ...cluster,
        registries: [acrHost],
        'cluster-type': 'eks',
        'aws-role-arn': `arn:aws:iam::${example.accountId}:role/nobody`,
      },
      run: { volumeFolders },
    })
    const left = await readdir(join(handOver, 'docker')).catch(() => [])
    await Promise.all(Object.values(volumeFolders).map(async (path) => await rm(path, { recursive: true })))
    expect(steps.find(({ name }) => name === 'run')?.skipped).toBe(true)
    expect(plain(log.broker)).toContain(`hand-out logins to ${acrHost}`)
    expect(log.open).toMatch(/error\s+AWS_/)
    expect(left).toEqual([])
  })

  test('a registry’s account is off the list of allowed ones: nothing is asked of anyone', async () => {
    door.requests()
    const { log } = await door.run({ params: { ...registries, 'allowed-accounts': [otherAccountId] } })
    expect(log.open).toContain('AWS_ACCOUNT_NOT_ALLOWED')
    expect(door.requests()).toEqual([])
  })

  test.for<readonly [string, Record<string, string | readonly string[]>, readonly string[]]>([
    ['a cluster without its place', { ...registries, 'cluster-type': 'aks' }, ['cluster-name', 'cluster-server']],
    ['none beside a cloud', { ...registries, clouds: ['none', 'aws'] }, ['clouds']],
    ['nothing at all', { clouds: ['none'], 'azure-resources': [] }, ['clouds']],
    ['a registry of nobody', { ...registries, registries: ['ghcr.io'] }, ['registries']],
  ])('%s', async ([, params, faulty], { expect: expected }) => {
    const { steps, log } = await door.run({ params })
    expected(steps.find(({ name }) => name === 'run')?.skipped).toBe(true)
    const faults = told(log.open, 'fault').join('\n')
    for (const param of faulty) expected(faults).toMatch(new RegExp(`^${param}\\b`, 'm'))
  })
})
