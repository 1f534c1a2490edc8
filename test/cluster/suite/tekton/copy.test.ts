import { beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { suite } from '../clouds.ts'
import { recordIn } from '../ended.ts'
import { pushRun, runOf, runTask } from '../runs.ts'
import { putSource } from '../source.ts'
import { skipWithoutTekton, stage, tagsOf } from '../stage.ts'

beforeEach(skipWithoutTekton)

const [acr, ecr] = [`${example.acrHost}/copies/from`, `${example.ecrHost}/copies/to`]
let digest: string
beforeAll(async () => {
  if ('no' in inject('stage') || stage().tekton === undefined) return
  const source = await putSource('task-copy')
  const end = await runTask(pushRun({ image: `${acr}:1` }, source))
  if (!end.succeeded) throw new Error(end.logs['step-push'])
  digest = source.digest
})

test('the Task copies from ACR to ECR with two names and the profile alone, and Tekton has its results', async () => {
  const end = await runTask(runOf('copy-image', { from: `${acr}:1`, to: `${ecr}:1`, tags: ['stable'] }))
  expect(end, end.logs['step-copy']).toMatchObject({ succeeded: true, steps: [{ name: 'copy', exitCode: 0 }] })
  expect(end.results).toMatchObject({
    IMAGE_URL: `${ecr}:1`,
    IMAGE_DIGEST: digest,
    IMAGES: `${ecr}@${digest}`,
  })
  expect(await tagsOf(example.ecrHost, 'copies/to')).toEqual({ 1: digest, stable: digest })
  expect(recordIn(end.logs['step-copy'] ?? '')).toMatchObject({
    data: {
      outcome: 'ok',
      action: { source: `${acr}:1`, target: `${ecr}:1`, digest },
      identity: { issuer: stage().issuer },
      sourceIdentity: { issuer: stage().issuer },
    },
  })
})

test('a copy to where the identity may not push is refused, and nothing is there', async () => {
  const to = `${suite.readOnlyAcrHost}/copies/refused`
  const end = await runTask(runOf('copy-image', { from: `${acr}:1`, to: `${to}:1` }))
  expect(end.succeeded).toBe(false)
  expect(end.steps).toMatchObject([{ name: 'copy', exitCode: 77 }])
  expect(end.logs['step-copy']).toContain('ACR_NO_PUSH_PERMISSION')
  expect(await tagsOf(suite.readOnlyAcrHost, 'copies/refused')).toEqual({})
})

test('the Task pulls into a workspace, and its results are none that Chains would attest', async () => {
  const workspaces = [{ name: 'output', emptyDir: {} }]
  const end = await runTask(runOf('pull-image', { image: `${acr}:1`, path: 'images/web' }, { workspaces }))
  expect(end.succeeded, end.logs['step-pull']).toBe(true)
  expect(end.results).toMatchObject({ reference: `${acr}@${digest}`, digest })
  expect(Object.keys(end.results).filter((name) => name.startsWith('IMAGE'))).toEqual([])
})

test('a pull of an image that is not there fails its run with the reason', async () => {
  const workspaces = [{ name: 'output', emptyDir: {} }]
  const end = await runTask(runOf('pull-image', { image: `${acr}:absent` }, { workspaces }))
  expect(end.steps).toMatchObject([{ name: 'pull', exitCode: 77 }])
  expect(end.logs['step-pull']).toContain('REGISTRY_IMAGE_UNKNOWN')
})
