import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { recordIn } from '../ended.ts'
import { pushRun, runTask } from '../runs.ts'
import { putSource } from '../source.ts'
import { skipWithoutTekton, stage, tagsOf } from '../stage.ts'

beforeEach(skipWithoutTekton)

test.each([
  ['ACR', 'task-acr', example.acrHost],
  ['ECR', 'task-ecr', example.ecrHost],
])(
  'the Task pushes to %s with the image’s name and the profile alone, and Tekton has its results',
  async (_, name, host) => {
    const source = await putSource(name)
    const image = `${host}/tasks/${name}:1.4.2`
    const end = await runTask(pushRun({ image }, source))
    expect(end, end.logs['step-push']).toMatchObject({ succeeded: true, steps: [{ name: 'push', exitCode: 0 }] })
    expect(end.results).toMatchObject({
      IMAGE_URL: image,
      IMAGE_DIGEST: source.digest,
      IMAGES: `${host}/tasks/${name}@${source.digest}`,
    })
    expect(await tagsOf(host, `tasks/${name}`)).toEqual({ '1.4.2': source.digest })
    const record = recordIn(end.logs['step-push'] ?? '')
    expect(record).toMatchObject({
      source: `/namespaces/${stage().namespaces.ci}/taskruns/${end.name}`,
      data: {
        outcome: 'ok',
        pod: { name: end.pod, namespace: stage().namespaces.ci },
        run: { taskRun: end.name, pipelineRun: '' },
        identity: { issuer: stage().issuer },
      },
    })
  },
)

test('the Task pushes to both clouds at once, with more tags', async () => {
  const source = await putSource('task-both')
  const [acr, ecr] = [`${example.acrHost}/tasks/both`, `${example.ecrHost}/tasks/both`]
  const end = await runTask(pushRun({ image: `${acr}:1`, images: [`${ecr}:1`], tags: ['stable', 'a'] }, source))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  expect(end.results['IMAGES']).toBe(`${acr}@${source.digest},${ecr}@${source.digest}`)
  for (const host of [example.acrHost, example.ecrHost]) {
    expect(await tagsOf(host, 'tasks/both')).toEqual({ 1: source.digest, stable: source.digest, a: source.digest })
  }
})

test('a dry run pushes nothing, and its results attest nothing', async () => {
  const source = await putSource('task-dry')
  const end = await runTask(pushRun({ image: `${example.acrHost}/tasks/dry:1`, 'dry-run': 'true' }, source))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  expect(end.results).toMatchObject({ IMAGE_URL: '', IMAGE_DIGEST: '', IMAGES: '' })
  expect(await tagsOf(example.acrHost, 'tasks/dry')).toEqual({})
})
