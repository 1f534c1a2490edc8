import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { sampleFiles } from '../../../contract/examples.ts'
import { example } from '../../../sandbox/example-cloud.ts'
import { fillClaim } from '../claims.ts'
import { suite } from '../clouds.ts'
import { recordIn } from '../ended.ts'
import { CLAIM, runExample, TAG } from '../hand-over-example.ts'
import { putProfile } from '../profiles.ts'
import { recordsOf } from '../recorded.ts'
import type { TaskRunEnd } from '../runs.ts'
import { skipWithoutTekton, stage, tagsOf } from '../stage.ts'

beforeEach(skipWithoutTekton)

beforeAll(async () => {
  if ('no' in stage() || stage().tekton === undefined) return
  await fillClaim(CLAIM, 'web-1.4.2.tgz')
})

const done = new Set<string>()
const used = (name: string): string => {
  const file = `examples/hand-over/${name}.yaml`
  done.add(file)
  return file
}

const { acrHost, ecrHost, repository, accountId } = example

describe('other people’s tools with what our steps hand over', () => {
  test('kaniko, as root, pushes to ACR and ECR', async () => {
    const end = await runExample(used('kaniko'), { namespace: stage().namespaces.build })
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    const [digest] = (end.logs['step-kaniko'] ?? '').split('\n')
    for (const host of [acrHost, ecrHost]) expect(await tagsOf(host, repository)).toMatchObject({ [TAG]: digest })
    const record = recordIn(end.logs['step-login'] ?? '')
    const handed = record.data.action['handedOver'] as readonly { readonly entry: string }[]
    expect(handed.map(({ entry }) => entry).toSorted()).toEqual([acrHost, ecrHost].toSorted())
  })

  test('trivy pulls both with logins that can pull alone', async () => {
    const end = await runExample(used('scan'))
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    expect(end.logs['step-scan-acr']).toMatch(/^sha256:/)
    expect(end.logs['step-scan-acr']).toBe(end.logs['step-scan-ecr'])
  })

  test('a login that can pull alone pushes nothing', async () => {
    const end = await runExample(used('kaniko'), {
      namespace: stage().namespaces.build,
      change: (task) => {
        const text = JSON.stringify(task)
          .replaceAll('"name":"build-with-kaniko"', '"name":"pull-alone"')
          .replaceAll('{"name":"registries"', '{"name":"access","value":"pull"},{"name":"registries"')
          .replaceAll('$(params.tag)', 'refused-$(params.tag)')
        return JSON.parse(text) as typeof task
      },
      run: 'pull-alone',
    })
    expect(end.succeeded).toBe(false)
    expect(end.steps).toMatchObject([
      { name: 'login', exitCode: 0 },
      { name: 'kaniko', exitCode: 1 },
    ])
    for (const host of [acrHost, ecrHost]) expect(await tagsOf(host, repository)).not.toHaveProperty([`refused-${TAG}`])
  })

  test('buildah pushes to both as another uid of the same group', async () => {
    const end = await runExample(used('buildah'))
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    for (const name of ['step-push-to-acr', 'step-push-to-ecr']) expect(end.logs[name]).toMatch(/^sha256:/)
  })

  test('without file-mode 0640 that other uid reads nothing', async () => {
    const end = await runExample(used('buildah'), {
      change: (task) =>
        JSON.parse(
          JSON.stringify(task).replaceAll('"0640"', '"0600"').replaceAll('"build-with-buildah"', '"not-readable"'),
        ) as typeof task,
      run: 'not-readable',
    })
    expect(end.succeeded).toBe(false)
    expect(end.logs['step-push-to-acr']).toContain('EACCES')
  })

  test('helm pushes a chart', async () => {
    const end = await runExample(used('helm-chart'))
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    expect(await tagsOf(acrHost, 'charts/web')).toHaveProperty(['1.4.2'])
  })

  test('the AWS CLI works in two accounts and three regions', async () => {
    const end = await runExample(used('aws-accounts'))
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    const said = ['shop', 'shop-us', 'reports'].map(
      (name) => JSON.parse(end.logs[`step-${name}`] ?? '{}') as { Arn: string; region: string },
    )
    expect(said.map(({ region }) => region)).toEqual(['eu-central-1', 'us-east-1', 'eu-west-1'])
    expect(said.map(({ Arn }) => Arn.split('/').slice(0, 2).join('/'))).toEqual([
      `arn:aws:sts::${accountId}:assumed-role/ci-push`,
      `arn:aws:sts::${accountId}:assumed-role/ci-push`,
      `arn:aws:sts::${suite.secondAccountId}:assumed-role/deploy`,
    ])
  })

  test('the AWS CLI gets session after session of our program, each recorded', async () => {
    const end = await runLongJob('handed-recorded')
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    const { Arn } = JSON.parse(end.logs['step-job'] ?? '{}') as { Arn: string }
    expect(Arn.split('/').slice(0, 2).join('/')).toBe(`arn:aws:sts::${accountId}:assumed-role/ci-push`)
    expect(await handedOut(end)).toMatchObject([{ outcome: 'ok', action: { target: 'default' } }])
  })

  test('the AWS CLI gets no session where its step has no token, and the sink has the refusal', async () => {
    const mount = ',{"name":"entra-token","mountPath":"/var/run/secrets/tekton-entra/token","readOnly":true}'
    const end = await runLongJob('handed-tokenless', (text) => text.replace(mount, ''))
    expect(end.succeeded).toBe(false)
    expect(end.steps).toMatchObject([
      { name: 'aws-profile', exitCode: 0 },
      { name: 'job', exitCode: 1 },
    ])
    expect(end.logs['step-job']).toContain('TOKEN_FILE_MISSING')
    expect(await handedOut(end)).toMatchObject([{ outcome: 'failed', error: { code: 'TOKEN_FILE_MISSING' } }])
  })

  test('kubectl is let in by an AKS and an EKS cluster', async () => {
    const end = await runExample(used('deploy'))
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    expect(end.logs['step-on-azure']?.trim()).toBe(example.principalId)
    expect(end.logs['step-on-amazon']).toContain(':assumed-role/ci-push/')
  })

  test('Terraform logs in by the token itself', async () => {
    const end = await runExample(used('terraform'))
    expect(end.succeeded, JSON.stringify(end.logs)).toBe(true)
    expect(end.logs['step-plan']).toContain(`Logged in as ${example.clientId}`)
  })
})

/** The long job, spoilt or not, under a profile with a sink; both have this name. */
async function runLongJob(name: string, spoil = (text: string): string => text): Promise<TaskRunEnd> {
  await putProfile(name, { 'record-sink': suite.sinkUrl })
  return await runExample(used('aws-long-job'), {
    change: (task) => {
      const text = JSON.stringify(task)
        .replaceAll('"name":"long-aws-job"', `"name":"${name}"`)
        .replaceAll('{"name":"profiles"', `{"name":"identity","value":"${name}"},{"name":"profiles"`)
      return JSON.parse(spoil(text)) as typeof task
    },
    run: name,
  })
}

/** What the sink was told of each session that our program handed out, or did not. */
async function handedOut({ name }: TaskRunEnd): Promise<readonly object[]> {
  const records = await recordsOf(name)
  return records
    .map(({ data }) => data as { readonly step: string })
    .filter(({ step }) => step === 'hand-out-aws-session')
}

test('a hand-over volume on the node’s disk is refused, and the tool never runs', async () => {
  const end = await runExample(used('scan'), {
    change: (task) =>
      JSON.parse(
        JSON.stringify(task)
          .replaceAll(
            '{"name":"hand-over","emptyDir":{"medium":"Memory","sizeLimit":"1Mi"}}',
            '{"name":"hand-over","emptyDir":{}}',
          )
          .replaceAll('"scan-images"', '"on-disk"'),
      ) as typeof task,
    run: 'on-disk',
  })
  expect(end.succeeded).toBe(false)
  expect(end.steps[0]).toMatchObject({ name: 'login', exitCode: 64 })
  expect(recordIn(end.logs['step-login'] ?? '').data.error?.code).toBe('HANDOVER_NOT_MEMORY')
  expect(end.logs['step-scan-acr'] ?? '').not.toContain('sha256:')
})

test('no example of hand-over was left out', () => {
  expect([...done].toSorted()).toEqual(sampleFiles.filter((file) => file.startsWith('examples/hand-over/')))
})
