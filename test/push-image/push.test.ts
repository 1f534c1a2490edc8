import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { root } from '../contract/repository.ts'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, ecrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { told } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const registries = [
  ['ACR', acrImage, example.acrHost],
  ['ECR', ecrImage, example.ecrHost],
] as const

test.each(registries)(
  'pushes to %s with nothing but image and an identity profile, and leaves digest and record',
  async (name, image, host) => {
    const { folder, digest } = await door.layout({ layers: [{ name }] })
    const { succeeded, results, step, record } = await door.push(image, { source: folder })
    expect(step.stderr).toContain('done     pushed')
    expect(succeeded).toBe(true)
    expect(results).toMatchObject({ IMAGE_URL: image, IMAGE_DIGEST: digest })
    expect(Buffer.byteLength(Object.values(results).join(''))).toBeLessThan(1024)
    expect(record.data).toMatchObject({ outcome: 'ok', action: { target: image, digest: digest, dryRun: false } })
    expect(repositoryState(door.sandbox.world, host, example.repository).manifest('1.4.2')?.digest).toBe(digest)
  },
)

test.each(registries)('pushes nothing when %s holds our digest under the tag already', async (_, image) => {
  await door.push(image)
  door.requests()
  const { step, results } = await door.push(image)
  expect(step.stderr).toMatch(/done +the registry had it already/)
  expect(results['IMAGE_DIGEST']).toBe(door.digest)
  expect(
    door
      .requests()
      .filter((request) => /registry|acr (PUT|PATCH|POST \/v2)/.test(request) && !request.includes(' HEAD ')),
  ).toEqual([])
})

test.each(registries)('puts only the tag when %s holds the digest without it', async (_, image) => {
  await door.push(image)
  door.requests()
  const { step } = await door.push(image.replace('1.4.2', 'other'))
  expect(step.stderr).toMatch(/done +the image was there; put the tag other/)
  const writes = door.requests().filter((request) => / (PUT|PATCH|POST) \/v2/.test(request))
  expect(writes).toHaveLength(1)
  expect(writes[0]).toMatch(/PUT \/v2\/shop\/web\/manifests\/other 201/)
})

test('pushes by digest only, and says so, when image names no tag', async () => {
  const { folder, digest } = await door.layout({ layers: [{ tagless: 'yes' }] })
  const { step, results } = await door.push(acrImage.replace(':1.4.2', ''), { source: folder })
  expect(told(step.stderr, 'note')[0]).toContain('no tag was given for')
  expect(results).toMatchObject({ IMAGE_URL: acrImage.replace(':1.4.2', ''), IMAGE_DIGEST: digest })
  const repository = repositoryState(door.sandbox.world, example.acrHost, example.repository)
  expect(repository.manifest(digest)?.digest).toBe(digest)
  expect(repository.tags().map((tag) => repository.manifest(tag)?.digest)).not.toContain(digest)
})

test('pushes a multi-platform index, children before the index, the tag last', async () => {
  const platforms = [
    { os: 'linux', architecture: 'amd64' },
    { os: 'linux', architecture: 'arm64' },
  ]
  const { folder, digest } = await door.layout({ platforms, layers: [{ index: 'yes' }] })
  door.requests()
  const { results } = await door.push(acrImage.replace('1.4.2', 'multi'), { source: folder })
  expect(results['IMAGE_DIGEST']).toBe(digest)
  const writes = door.requests().filter((request) => / PUT \/v2/.test(request))
  expect(
    writes.map((request) =>
      request.includes('/blobs/') ? 'blob' : request.includes('/manifests/multi') ? 'tag' : 'child',
    ),
  ).toEqual(['blob', 'blob', 'blob', 'child', 'child', 'tag'])
})

test('the result record names the printed record and its SHA-256', async () => {
  const { step, results, record } = await door.push(acrImage)
  const sha256 = createHash('sha256').update(step.stdout.trimEnd()).digest('hex')
  expect(results['record']).toBe(`${record.id} sha256:${sha256}`)
})

test('the record says who acted, in which run, under which tokens', async () => {
  const { record } = await door.push(ecrImage.replace('1.4.2', 'who'))
  expect(record.source).toBe('/namespaces/ci/taskruns/push-web-x7k2p')
  expect(record.data.run).toMatchObject({ taskRun: 'push-web-x7k2p', pipelineRun: 'release-42' })
  expect(record.data.pod).toMatchObject({ name: 'push-web-x7k2p-pod', namespace: 'ci' })
  expect(record.data.identity).toEqual({
    issuer: example.issuer,
    subject: 'system:serviceaccount:ci:builder',
    azureIdentity: 'cluster',
    tenant: example.tenantId,
    clientId: example.clientId,
    objectId: example.principalId,
    awsIdentity: 'entra',
    awsRole: example.roleArn,
    awsSession: 'arn:aws:sts::123456789012:assumed-role/ci-push/ci.push-web-x7k2p',
  })
  expect(record.data.tokens.map(({ kind }) => kind)).toEqual(['projected', 'entra', 'aws-session', 'registry'])
  expect(record.data.requests.map(({ service }) => service)).toEqual(['Entra', 'STS', 'ECR'])
})

test('STS and the registry see the TaskRun in session name and User-Agent', async () => {
  await door.push(ecrImage.replace('1.4.2', 'agent'))
  const agents = door.sandbox.journal.entries.map(({ standIn, userAgent }) => `${standIn} ${userAgent}`)
  expect(agents).toContainEqual(expect.stringMatching(/^sts .*tekton-entra.*push-web-x7k2p/))
  expect(agents).toContainEqual(expect.stringMatching(/^ecr .*tekton-entra.*push-web-x7k2p/))
  expect(agents).toContainEqual('ecr-registry tekton-entra/0.1.0 push-image (TaskRun ci/push-web-x7k2p)')
  expect(agents).toContainEqual('entra tekton-entra/0.1.0 push-image (TaskRun ci/push-web-x7k2p)')
})

/** Modules of the bundle that a push has loaded. */
async function loadedBy(image: string): Promise<readonly string[]> {
  const logModules = `${root}/test/push-image/log-modules.ts`
  const logged = await door.push(image, {
    run: { program: [process.execPath, '--import', logModules, inject('stepProgram')] },
  })
  return logged.step.stderr
    .split('\n')
    .filter((line) => line.startsWith('module '))
    .map((line) => line.slice('module '.length))
}

test('a push to ACR loads no AWS code and asks nothing of AWS', async () => {
  door.requests()
  const loaded = await loadedBy(acrImage)
  expect(door.requests().filter((request) => /^(sts|ecr)/.test(request))).toEqual([])
  expect(loaded.filter((file) => holds(file, /@azure\/identity/))).not.toEqual([])
  expect(loaded.filter((file) => holds(file, /@aws-sdk|@smithy/))).toEqual([])
})

test.each([
  [ecrImage, /client-ecr\//, /client-ecr-public\//],
  ['public.ecr.aws/a1b2c3d4/web:1', /client-ecr-public\//, /client-ecr\//],
])('a push to %s loads its own client, and not the other registry’s', async (image, own, other) => {
  const loaded = await loadedBy(image)
  expect(loaded.filter((file) => holds(file, own))).not.toEqual([])
  expect(loaded.filter((file) => holds(file, other))).toEqual([])
})

test('prints the effective inputs first, each with where it comes from', async () => {
  const { step } = await door.push(acrImage, { params: { 'azure-cloud': 'AzureCloud' } })
  const lines = step.stderr.split('\n')
  expect(lines[0]).toBe('step     push-image 0.1.0')
  expect(lines.filter((line) => line.startsWith('input')).map((line) => line.replace(/ {2,}/g, ' '))).toEqual(
    expect.arrayContaining([
      `input image ${acrImage} (param)`,
      `input tenant-id ${example.tenantId} (profile)`,
      'input azure-cloud AzureCloud (param)',
      'input dry-run false (default)',
    ]),
  )
})

/** Whether a file of the bundle was made from a module of that name. */
function holds(file: string, modules: RegExp): boolean {
  const folder = dirname(inject('stepProgram'))
  const meta = JSON.parse(readFileSync(`${folder}/meta.json`, 'utf8')) as {
    outputs: Record<string, { inputs: Record<string, unknown> }>
  }
  return Object.keys(meta.outputs[`build/${basename(folder)}/${file}`]?.inputs ?? {}).some((input) =>
    modules.test(input),
  )
}
