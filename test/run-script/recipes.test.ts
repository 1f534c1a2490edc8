import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { objectsOf } from '../contract/examples.ts'
import { root } from '../contract/repository.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { Answer, Recorded } from './recorder.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
afterAll(async () => await door[Symbol.asyncDispose]())

const arm = 'https://management.azure.com'
const group = `/subscriptions/${example.subscriptionId}/resourceGroups/ci/providers`
const forArm = 'token for https://management.azure.com'
const json = { 'content-type': 'application/json' }
const soon = { 'retry-after': '0' }

type Recipe = {
  readonly params: readonly string[]
  readonly files?: Readonly<Record<string, string>>
  readonly answers?: readonly Answer[]
  /** All requests that it sends. */
  readonly sends: readonly (Omit<Partial<Recorded>, 'body'> & { readonly body?: unknown })[]
  readonly results?: Readonly<Record<string, unknown>>
}

const recipes: Readonly<Record<string, Recipe>> = {
  'restart-web-app': {
    params: [`site=${group}/Microsoft.Web/sites/shop`],
    sends: [
      {
        method: 'POST',
        url: `${arm}${group}/Microsoft.Web/sites/shop/restart?api-version=2024-04-01`,
        credential: forArm,
        body: '',
      },
    ],
  },
  'update-ecs-service': {
    params: ['cluster=prod', 'service=web'],
    answers: [{ body: { service: { deployments: [{ id: 'ecs-svc/1', status: 'PRIMARY' }] } } }],
    sends: [
      {
        method: 'POST',
        url: 'https://ecs.eu-central-1.amazonaws.com/',
        credential: 'signed for ecs in eu-central-1 by ci-push',
        headers: {
          'x-amz-target': 'AmazonEC2ContainerServiceV20141113.UpdateService',
          'content-type': 'application/x-amz-json-1.1',
        },
        body: '{"cluster":"prod","service":"web","forceNewDeployment":true}',
      },
    ],
    results: { id: 'ecs-svc/1' },
  },
  'invoke-lambda': {
    params: ['function=migrate', 'payload={"to":"42"}'],
    answers: [{ body: { done: true } }],
    sends: [
      {
        method: 'POST',
        url: 'https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/migrate/invocations',
        credential: 'signed for lambda in eu-central-1 by ci-push',
        body: '{"to":"42"}',
      },
    ],
    results: { json: '{"done":true}' },
  },
  'set-key-vault-secret': {
    params: ['vault=shop', 'secret=db'],
    answers: [{ body: { id: 'https://shop.vault.azure.net/secrets/db/7' } }],
    sends: [
      {
        method: 'PUT',
        url: 'https://shop.vault.azure.net/secrets/db?api-version=7.4',
        credential: 'token for https://vault.azure.net',
        headers: json,
        body: expect.stringMatching(/^\{"value":"[\w-]{32}"\}$/),
      },
    ],
    results: { id: 'https://shop.vault.azure.net/secrets/db/7' },
  },
  'purge-cdn': {
    params: [`endpoint=${group}/Microsoft.Cdn/profiles/p/afdEndpoints/e`, 'paths=/a,/b/*'],
    answers: [
      { status: 202, headers: { location: `${arm}/operationresults/1`, ...soon } },
      { status: 202, headers: soon },
      {},
    ],
    sends: [
      {
        method: 'POST',
        url: `${arm}${group}/Microsoft.Cdn/profiles/p/afdEndpoints/e/purge?api-version=2024-02-01`,
        credential: forArm,
        body: '{"contentPaths":["/a","/b/*"]}',
      },
      { method: 'GET', url: `${arm}/operationresults/1`, credential: forArm },
      { method: 'GET', url: `${arm}/operationresults/1`, credential: forArm },
    ],
  },
  'start-container-apps-job': {
    params: [`job=${group}/Microsoft.App/jobs/nightly`],
    answers: [{ body: { name: 'nightly-7x2' } }],
    sends: [
      {
        method: 'POST',
        url: `${arm}${group}/Microsoft.App/jobs/nightly/start?api-version=2024-03-01`,
        credential: forArm,
      },
    ],
    results: { id: 'nightly-7x2' },
  },
  'query-log-analytics': {
    params: ['workspace=ws-1', 'query=Errors | count', 'timespan=PT5M'],
    answers: [{ body: { tables: [{ rows: [[0]] }] } }],
    sends: [
      {
        method: 'POST',
        url: 'https://api.loganalytics.io/v1/workspaces/ws-1/query',
        credential: 'token for https://api.loganalytics.io',
        headers: json,
        body: '{"query":"Errors | count","timespan":"PT5M"}',
      },
    ],
    results: { value: '0' },
  },
  'roll-aks-deployment': {
    params: [`cluster=${group}/Microsoft.ContainerService/managedClusters/c`, 'namespace=shop', 'deployment=web'],
    answers: [
      { status: 202, headers: { location: `${arm}/commandResults/1`, ...soon } },
      { body: { properties: { exitCode: 0, logs: 'deployment.apps/web restarted' } } },
    ],
    sends: [
      {
        method: 'POST',
        url: `${arm}${group}/Microsoft.ContainerService/managedClusters/c/runCommand?api-version=2024-09-01`,
        credential: forArm,
        body: '{"command":"kubectl rollout restart deployment/web -n shop"}',
      },
      { method: 'GET', url: `${arm}/commandResults/1`, credential: forArm },
    ],
  },
  'upload-blob-and-s3': {
    params: ['file=report.txt', 'account=contosodata', 'container=reports', 'bucket=shop-reports'],
    files: { 'report.txt': 'all is well\n' },
    sends: [
      {
        method: 'PUT',
        url: 'https://contosodata.blob.core.windows.net/reports/report.txt',
        credential: 'token for https://storage.azure.com',
        headers: { 'x-ms-blob-type': 'BlockBlob', 'x-ms-version': '2024-11-04' },
        body: 'all is well\n',
      },
      {
        method: 'PUT',
        url: 'https://s3.eu-central-1.amazonaws.com/shop-reports/report.txt',
        credential: 'signed for s3 in eu-central-1 by ci-push',
        headers: { 'x-amz-content-sha256': expect.stringMatching(/^[0-9a-f]{64}$/) },
        body: 'all is well\n',
      },
    ],
    results: { url: 'https://contosodata.blob.core.windows.net/reports/report.txt' },
  },
  'call-webhook': {
    params: ['url=https://hooks.contoso.example/T1', 'text=1.4.2 is live'],
    sends: [
      {
        method: 'POST',
        url: 'https://hooks.contoso.example/T1',
        credential: 'none',
        headers: json,
        body: '{"text":"1.4.2 is live"}',
      },
    ],
  },
}

test('every recipe is tested', () => {
  const files = readdirSync(`${root}/examples/scripts`).filter((file) => /(?<!\.d)\.ts$/.test(file))
  expect(files).toEqual(
    Object.keys(recipes)
      .map((name) => `${name}.ts`)
      .toSorted(),
  )
})

test('no request of a recipe has the version of an API written into it: it stands behind a name', () => {
  const loose = Object.keys(recipes).flatMap((name) => {
    const text = readFileSync(`${root}/examples/scripts/${name}.ts`, 'utf8')
    const code = text.split('\n').filter((line) => !/^(\/\/|const apiVersion = )/.test(line))
    const found = /api-version=[^$]|'x-ms-version': '|\d{4}-\d{2}-\d{2}|V\d{8}|\.[a-z]+\/v\d/.exec(code.join('\n'))
    return found === null ? [] : [`${name}: ${found[0]}`]
  })
  expect(loose).toEqual([])
})

async function play(name: string, answers: readonly Answer[] = []) {
  const { params = [], files = {} } = recipes[name] ?? {}
  const script = readFileSync(`${root}/examples/scripts/${name}.ts`, 'utf8')
  door.recorder.fresh()
  door.recorder.answer(...answers)
  return await door.call({ 'script-file': 'recipe.ts', params }, { 'recipe.ts': script, ...files })
}

test.each(Object.entries(recipes))('%s sends exactly this', async (name, { answers, sends, results = {} }) => {
  const outcome = await play(name, answers)
  expect(outcome.step.status, outcome.step.stderr).toBe(0)
  const sent = door.recorder.fresh()
  expect(sent).toHaveLength(sends.length)
  expect(sent).toMatchObject(sends)
  expect(outcome.results).toMatchObject(results)
})

test('the sample in a ConfigMap lists what there is', async () => {
  const [sample] = objectsOf('tasks/run-script/samples/script.yaml') as readonly { data?: Record<string, string> }[]
  door.recorder.fresh()
  door.recorder.answer({ body: { value: [{ displayName: 'Contoso CI' }] } })
  const profiles = { 'list-subscriptions': sample?.data ?? {} }
  const { step, results, record } = await door.call(
    { 'script-from': 'list-subscriptions', clouds: ['azure'] },
    {},
    { profiles },
  )
  expect(step.status, step.stderr).toBe(0)
  expect(results['value']).toBe('1')
  expect(record.data.action).toMatchObject({ notes: ['may see 1 subscriptions'] })
  expect(door.recorder.fresh().map(({ url }) => url)).toEqual([`${arm}/subscriptions?api-version=2022-12-01`])
})

test('the sample in an annotation keeps what Tekton would replace', async () => {
  type Sample = { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } }
  const [sample] = objectsOf('tasks/run-script/samples/annotation.yaml') as readonly Sample[]
  door.recorder.answer({ body: { value: [{ displayName: 'Contoso CI' }] } })
  const run = { annotations: sample?.metadata?.annotations ?? {} }
  const { succeeded, step, results } = await door.call({ clouds: ['azure'] }, {}, { run })
  expect(succeeded, step.stderr).toBe(true)
  expect(results).toMatchObject({ value: '1', json: '{"kept":"$$ $(context.taskRun.name)"}' })
})

test.each(Object.keys(recipes))('%s fails when it is refused, and says what was answered', async (name) => {
  const refused = { status: 403, body: { error: { code: 'Forbidden' } } }
  const { record, step } = await play(name, [refused, refused])
  expect(record.data.error?.code).toBe('SCRIPT_FAILED')
  expect(step.stderr.replace(/\s+/g, ' ')).toContain('HTTP 403')
})

test.each(Object.keys(recipes))('%s says which of its params is missing, and asks nothing', async (name) => {
  door.recorder.fresh()
  const script = readFileSync(`${root}/examples/scripts/${name}.ts`, 'utf8')
  const { step } = await door.call({ 'script-file': 'recipe.ts' }, { 'recipe.ts': script })
  expect(step.stderr.replace(/\s+/g, ' ')).toContain('params lacks')
  expect(door.recorder.fresh()).toEqual([])
})
