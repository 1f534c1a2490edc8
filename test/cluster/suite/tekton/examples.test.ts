import { beforeAll, beforeEach, expect, test } from 'vitest'
import { objectsOf, sampleFiles } from '../../../contract/examples.ts'
import { findLeaks } from '../../../sandbox/canary.ts'
import { example } from '../../../sandbox/example-cloud.ts'
import { serveBundle, type ServedBundle } from '../bundle-registry.ts'
import { secrets } from '../canary-scan.ts'
import { dumpClaim, fillClaim } from '../claims.ts'
import { allTasks, withStepImage, type KubernetesObject } from '../objects.ts'
import { runPipeline } from '../pipelines.ts'
import { runTask } from '../runs.ts'
import { putWayOut } from '../way-out.ts'
import { kubectl, skipWithoutTekton, stage, tagsOf } from '../stage.ts'

beforeEach(skipWithoutTekton)

// The files that people copy, one after the other, as they are: but for images that cannot be had here and the bundle's address.
const acr = example.acrHost
const ecr = example.ecrHost
const repository = example.repository
let built: { readonly layout: string; readonly archive: string }
let bundle: ServedBundle
beforeAll(async () => {
  if ('no' in stage() || stage().tekton === undefined) return
  built = await fillClaim('built', 'web.tar.gz')
  bundle = await serveBundle(
    'push-image',
    allTasks().map((task) => withStepImage(task, stage().images.steps)),
    '0.1.0',
  )
})

/** The object of a file that is of this kind, with the images that the cluster has. */
function fromFile(file: string, kind: string): KubernetesObject {
  const found = (objectsOf(file) as readonly KubernetesObject[]).find((object) => object.kind === kind)
  if (found === undefined) throw new Error(`${file} has no ${kind}`)
  const standIn = JSON.stringify(stage().images.suite)
  const text = JSON.stringify(found)
    .replaceAll(/"gcr\.io\/kaniko-project\/executor:[^"]+"/g, standIn)
    .replaceAll('["/kaniko/executor"]', '["/nodejs/bin/node","/app/main.js","kaniko"]')
    .replaceAll(/"quay\.io\/skopeo\/stable:[^"]+"/g, standIn)
    .replaceAll('["skopeo"]', '["/nodejs/bin/node","/app/main.js","skopeo"]')
    .replaceAll(/"(public\.ecr\.aws\/aws-cli\/aws-cli|mcr\.microsoft\.com\/azure-cli):[^"]+"/g, standIn)
    .replaceAll('"value":["aws"]', '"value":["/nodejs/bin/node","/app/main.js","aws"]')
    .replaceAll('"value":["bash","-c"]', '"value":["/nodejs/bin/node","/app/main.js","az-login"]')
    .replaceAll(/ghcr\.io\/tekton-entra\/tasks\/push-image:[^"]+/g, bundle.reference)
  return JSON.parse(text) as KubernetesObject
}

async function apply(file: string, kind: string, namespace = stage().namespaces.ci): Promise<void> {
  const object = fromFile(file, kind)
  await kubectl().apply([{ ...object, metadata: { ...object.metadata, namespace } }])
}

const done = new Set<string>()
/** Remembers which files have been run, so that none is forgotten. */
const used = (file: string): string => {
  done.add(file)
  return file
}

test('platform: what a platform team applies is accepted', async () => {
  for (const name of ['namespace', 'service-account', 'identity-profile']) {
    const [object] = objectsOf(used(`examples/platform/${name}.yaml`)) as readonly KubernetesObject[]
    // The namespace of the file is not made here, so what belongs into it is tried in ours.
    const metadata = { ...object?.metadata, ...(name === 'namespace' ? {} : { namespace: stage().namespaces.other }) }
    const { status, stderr } = await kubectl().try(
      ['apply', '--dry-run=server', '-f', '-'],
      JSON.stringify({ ...object, metadata }),
    )
    expect(status, stderr).toBe(0)
  }
})

test('build-and-push: what the first task has built in a claim is pushed, with the image’s name and the profile alone', async () => {
  const namespace = stage().namespaces.build
  await apply(used('examples/build-and-push/pipeline.yaml'), 'Pipeline', namespace)
  const end = await runPipeline(fromFile(used('examples/build-and-push/pipeline-run.yaml'), 'PipelineRun'), namespace)
  expect(end.succeeded, end.message).toBe(true)
  const digest = (end.tasks['build']?.[0]?.logs['step-kaniko'] ?? '').trim()
  expect(digest).toMatch(/^sha256:/)
  expect(end.results).toEqual({ IMAGE_URL: `${acr}/${repository}:1.4.2`, IMAGE_DIGEST: digest })
  expect(await tagsOf(acr, repository)).toMatchObject({ '1.4.2': digest })
})

test('fan-out: a matrix pushes to each registry by a run of its own', async () => {
  await apply(used('examples/fan-out/pipeline.yaml'), 'Pipeline')
  const end = await runPipeline(fromFile(used('examples/fan-out/pipeline-run.yaml'), 'PipelineRun'))
  expect(end.succeeded, end.message).toBe(true)
  const urls = (end.tasks['push'] ?? []).map(({ results }) => String(results['IMAGE_URL']))
  expect(urls.toSorted()).toEqual([`${ecr}/${repository}:1.4.2`, `${acr}/${repository}:1.4.2`])
  await expectAtBoth()
})

test('both-clouds: one run pushes to both', async () => {
  const end = await runTask(fromFile(used('examples/both-clouds/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  expect(end.results['IMAGES']).toBe(`${acr}/${repository}@${built.layout},${ecr}/${repository}@${built.layout}`)
  await expectAtBoth()
})

test('own-task: a Task of the user’s own hands its params to the StepAction', async () => {
  await apply(used('examples/own-task/task.yaml'), 'Task')
  const end = await runTask(fromFile(used('examples/own-task/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
  expect(end.logs['step-show']).toContain(built.layout)
  expect(end.results).toEqual({ IMAGE_URL: `${acr}/${repository}:1.4.2`, IMAGE_DIGEST: built.layout })
  expect(await tagsOf(acr, repository)).toMatchObject({ stable: built.layout })
})

test.each([
  ['tag', () => bundle.reference],
  ['digest', () => `${bundle.reference}@${bundle.digest}`],
])(
  'from-bundle: the Task comes from a bundle by its %s, with nothing of ours in the namespace',
  async (_, reference) => {
    const run = fromFile(used('examples/from-bundle/pipeline-run.yaml'), 'PipelineRun')
    const text = JSON.stringify(run).replaceAll(bundle.reference, reference())
    const end = await runPipeline(JSON.parse(text) as KubernetesObject)
    expect(end.succeeded, end.message).toBe(true)
    expect(end.results).toEqual({ IMAGE_URL: `${acr}/${repository}:1.4.2`, IMAGE_DIGEST: built.layout })
  },
)

test.each<[file: string, digest: () => string]>([
  ['tasks/push-image/samples/task-run.yaml', () => built.layout],
  ['tasks/push-image/samples/task-run-both-clouds.yaml', () => built.archive],
])('the sample %s runs as it stands', async (file, digest) => {
  const end = await runTask(fromFile(used(file), 'TaskRun'))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  expect(end.results['IMAGE_DIGEST']).toBe(digest())
})

test('the sample of copy-image runs as it stands, with two profiles', async () => {
  const [reader] = objectsOf(used('tasks/copy-image/samples/identity-profiles.yaml')) as readonly KubernetesObject[]
  // The other one is the namespace's own, which knows the way to the clouds of the suite.
  if (reader === undefined) throw new Error('no profile')
  await kubectl().apply([{ ...reader, metadata: { ...reader.metadata, namespace: stage().namespaces.ci } }])
  const end = await runTask(fromFile(used('tasks/copy-image/samples/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-copy']).toBe(true)
  expect(end.results['IMAGE_DIGEST']).toBe((await tagsOf(acr, repository))['1.4.2'])
})

test('the sample of pull-image runs as it stands', async () => {
  const end = await runTask(fromFile(used('tasks/pull-image/samples/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-pull']).toBe(true)
  expect(end.results['digest']).toBe((await tagsOf(acr, repository))['1.4.2'])
})

test('the sample of verify-access runs as it stands', async () => {
  const end = await runTask(fromFile(used('tasks/verify-access/samples/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-verify']).toBe(true)
  expect(end.results).toMatchObject({ 'object-id': example.principalId, kind: 'app', roles: 'Push' })
})

test('the sample of check-trust runs as it stands', async () => {
  const end = await runTask(fromFile(used('tasks/check-trust/samples/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-check']).toBe(true)
  expect(end.results).toMatchObject({ failed: '' })
})

test('the sample of run-script runs as it stands, with its script in a ConfigMap', async () => {
  await apply(used('tasks/run-script/samples/script.yaml'), 'ConfigMap')
  const end = await runTask(fromFile(used('tasks/run-script/samples/task-run.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-run']).toBe(true)
  expect(end.results['value']).toMatch(/^\d+$/)
})

test('the sample with its script in an annotation runs as it stands, and nothing is replaced in the script', async () => {
  const end = await runTask(fromFile(used('tasks/run-script/samples/annotation.yaml'), 'TaskRun'))
  expect(end.succeeded, end.logs['step-run']).toBe(true)
  expect(end.results['value']).toMatch(/^\d+$/)
  // A text for Tekton, too, although it is a JSON object of texts.
  expect(end.results['json']).toBe('{"kept":"$$ $(context.taskRun.name)"}')
})

test.each([
  ['task-run.yaml', /assumed-role\/ci-push\//],
  ['task-run-labelled.yaml', /^token for https:\/\/management\.core\.windows\.net\/, for an hour or so$/m],
])(
  'the sample %s of run-with-identity runs as it stands, its command with what a broker hands out',
  async (name, output) => {
    const run = fromFile(used(`tasks/run-with-identity/samples/${name}`), 'TaskRun') as KubernetesObject & {
      readonly spec: { readonly params: readonly object[] }
    }
    // The way to the clouds of the suite, for the command.
    const params = [...run.spec.params, { name: 'env-from', value: await putWayOut() }]
    const end = await runTask({ ...run, spec: { ...run.spec, params } })
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    expect(end.logs['step-run']).toMatch(output)
    expect(end.results['hand-outs']).toBe('1')
  },
)

test('no example and no sample was left out', () => {
  const profiles = ['push-image', 'pull-image', 'check-trust', 'verify-access'].map(
    (name) => `tasks/${name}/samples/identity-profile.yaml`,
  )
  // These have test files of their own.
  const elsewhere = ['examples/hand-over/', 'tasks/await-approval/', 'tasks/report-audit/']
  const own = sampleFiles.filter((file) => !elsewhere.some((folder) => file.startsWith(folder)))
  expect([...done, ...profiles].toSorted()).toEqual(own)
})

test('the volume that all of them have used holds no secret', async () => {
  const { logs } = await dumpClaim('built')
  const files = (logs['step-dump'] ?? '')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { path: string; base64: string })
  expect(files.map(({ path }) => path)).toContainEqual(expect.stringMatching(/\/index\.json$/))
  const places = files.map(({ path, base64 }) => ({
    where: path,
    text: Buffer.from(base64, 'base64').toString('latin1'),
  }))
  expect(findLeaks(await secrets(), places)).toEqual([])
})

async function expectAtBoth(): Promise<void> {
  for (const host of [acr, ecr]) expect(await tagsOf(host, repository)).toMatchObject({ '1.4.2': built.layout })
}
