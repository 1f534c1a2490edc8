import { expect, test } from 'vitest'
import { useFront } from './sample-front.ts'
import { example, exampleCloud } from '../example-cloud.ts'
import { LOGIN_SERVER, oneRegistry, pusherAt } from './sample-acr-front.ts'
import { beginUpload, pushImage } from './sample-image.ts'
import { registryContents } from './registry-contents.ts'

const start = useFront()

test('every registry of a state is listed, also before anything is pushed', async () => {
  const cloud = exampleCloud()
  const [account] = cloud.accounts
  if (account === undefined) throw new Error('the example has an account')
  const publicRegistry = { alias: 'contoso', repositories: ['tools'] }
  const { world } = await start({ ...cloud, accounts: [{ ...account, publicRegistry }] })
  const empty = (name: string) => ({ name, tags: {}, manifests: [], openUploads: 0 })
  expect(registryContents(world)).toEqual([
    { host: example.ecrHost, repositories: account.repositories.map(({ name }) => empty(name)) },
    { host: 'public.ecr.aws', repositories: [empty('contoso/tools')] },
    { host: example.acrHost, repositories: [] },
  ])
})

test('a repository shows its tags, its manifests and the uploads that nobody has ended', async () => {
  const sandbox = await start(oneRegistry())
  const target = await pusherAt(sandbox)
  const digest = String((await pushImage(target, 'v1')).headers['docker-content-digest'])
  const other = String((await pushImage(target, 'v1', ['another layer'])).headers['docker-content-digest'])
  await beginUpload(target)
  expect(registryContents(sandbox.world)).toEqual([
    {
      host: LOGIN_SERVER,
      repositories: [{ name: target.repository, tags: { v1: other }, manifests: [digest, other], openUploads: 1 }],
    },
  ])
})

test('a replica has what has arrived there', async () => {
  const sandbox = await start(oneRegistry({ replicas: ['westeurope', 'northeurope'], replicationLag: 10 }))
  const tags = () => registryContents(sandbox.world).map(({ host, repositories }) => [host, repositories[0]?.tags])
  const target = await pusherAt(sandbox)
  const digest = String((await pushImage(target, 'v1')).headers['docker-content-digest'])
  const replica = LOGIN_SERVER.replace('.', '.northeurope.geo.')
  expect(tags()).toEqual([
    [LOGIN_SERVER, { v1: digest }],
    [replica, undefined],
  ])
  sandbox.world.clock.advance(10_000)
  expect(tags()).toEqual([
    [LOGIN_SERVER, { v1: digest }],
    [replica, { v1: digest }],
  ])
})
