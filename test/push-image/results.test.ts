import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { repositoryState } from '../sandbox/registry/state.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { programWith } from './programs.ts'
import { expectEnd, told, toldProse } from './told.ts'

let door: FrontDoor
let scratch: string
beforeAll(async () => {
  door = await openFrontDoor()
  scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-results-'))
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => {
  await door[Symbol.asyncDispose]()
  await rm(scratch, { recursive: true, force: true })
})

test.each([
  ['a link', 'link', 'IMAGE_DIGEST'],
  ['a link', 'link', 'record'],
  ['a hard link', 'hard link', 'IMAGE_URL'],
  ['a folder', 'folder', 'IMAGE_DIGEST'],
])(
  'fails when %s lies where a result belongs (%s, %s), leaves its target alone, and records the failure',
  async (_what, kind, result) => {
    const target = join(scratch, 'bystander')
    await writeFile(target, 'untouched')
    const extraEnv = { PLANT_KIND: kind, PLANT_TARGET: target, PLANT_AT: `RESULT_${result.toUpperCase()}` }
    const run = await door.push(acrImage, { run: { ...programWith('plant-links'), extraEnv } })
    expectEnd(run, 'RESULT_NOT_WRITTEN', 74)
    // A folder, which Tekton cannot read either, makes it say 1 of a step that has ended with 74.
    expect(run.step.status).toBe(kind === 'folder' ? 1 : 74)
    expect(toldProse(run.step.stderr, 'what')).toMatch(
      new RegExp(`^The result ${result} could not be written to /\\S+/${result}: `),
    )
    expect(await readFile(target, 'utf8')).toBe('untouched')
  },
)

test('says the first failure, not that of the result, when both happen', async () => {
  const extraEnv = { PLANT_KIND: 'folder', PLANT_AT: 'RESULT_RECORD' }
  const run = await door.push(acrImage, {
    token: { expiresInSeconds: -5 },
    run: { ...programWith('plant-links'), extraEnv },
  })
  expectEnd(run, 'TOKEN_EXPIRED', 77)
  expect(run.step.stderr).not.toContain('RESULT_NOT_WRITTEN')
})

test.each([
  ['is full', 'ENOSPC'],
  ['is closed', 'EPIPE'],
])('fails when standard output %s: nothing is done unrecorded', async (what, reason) => {
  const { status, stderr } = await runWithBrokenOutput(what === 'is full' ? openSync('/dev/full', 'w') : 'closed')
  expect(told(stderr, 'error')).toEqual(['RECORD_NOT_WRITTEN   push-image'])
  expect(toldProse(stderr, 'what')).toContain(reason)
  expect(status).toBe(74)
})

test('keeps the record short, and within its schema, however long everything is', async () => {
  const repository = `a/${'b'.repeat(200)}`
  const image = `${example.acrHost}/${repository}:${'t'.repeat(128)}`
  const { succeeded, record } = await door.push(image, {
    token: { claims: { jti: '€'.repeat(5000), aud: ['api://AzureADTokenExchange', 'x'.repeat(20_000)] } },
    run: { name: 'r'.repeat(253), pipelineRun: 'p'.repeat(5000) },
  })
  expect(succeeded).toBe(true)
  expect(record.data.action['target']).toBe(image)
  expect(repositoryState(door.sandbox.world, example.acrHost, repository).tags()).toHaveLength(1)
})

test.each([
  [
    'the other side',
    {
      body: JSON.stringify({
        error: 'e'.repeat(100_000),
        error_description: 'd'.repeat(1_000_000),
        trace_id: 't'.repeat(100_000),
      }),
    },
  ],
  ['a proxy', { body: 'x'.repeat(1_000_000), contentType: 'y'.repeat(10_000) }],
])('keeps record and standard error short, however much %s says', async (_who, words) => {
  door.sandbox.faults.on({ standIn: 'entra', fault: { kind: 'status', status: 400, ...words } })
  const { step, record } = await door.push(acrImage, { run: programWith('hurry') })
  expect(record.data.outcome).not.toBe('ok')
  expect(step.stderr.length).toBeLessThan(20_000)
})

test('keeps the record short when the inputs are faulty and endless', async () => {
  const long = 'x'.repeat(20_000)
  const params = {
    'tenant-id': long,
    'client-id': long,
    path: `../${long}`,
    'aws-role-arn': long,
    'allowed-accounts': Array.from({ length: 500 }, () => long.slice(0, 100)),
  }
  const result = await door.push(long, { params })
  expectEnd(result, 'INPUT_INVALID', 64)
  expect(result.step.stderr.length).toBeLessThan(30_000)
})

test('shows no control character of an input or an answer on the terminal', async () => {
  const escape = '\u001b]0;owned\u0007\u001b[31m'
  const body = JSON.stringify({
    error: 'invalid_client',
    error_description: `AADSTS999999: ${escape}red`,
    trace_id: escape,
  })
  door.sandbox.faults.on({ standIn: 'entra', fault: { kind: 'status', status: 401, body } })
  const refused = await door.push(acrImage)
  const faulty = await door.push(`${escape}/x`, { params: { 'tenant-id': escape } })
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(refused.step.stderr + faulty.step.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
})

/** Runs the step as the Task would, with a standard output that takes nothing. */
async function runWithBrokenOutput(output: number | 'closed'): Promise<{ status: number | null; stderr: string }> {
  const { step } = await door.push(acrImage)
  const token = join(scratch, 'token')
  await writeFile(
    token,
    door.sandbox.mintToken({ namespace: example.namespace, serviceAccount: example.serviceAccount }),
  )
  const results = Object.keys(step.env).filter((name) => name.startsWith('RESULT_'))
  const env = {
    ...step.env,
    TOKEN_FILE: token,
    ...Object.fromEntries(results.map((name) => [name, join(scratch, name)])),
  }
  const [program = '', ...args] = step.argv
  const child = spawn(program, args, { env, stdio: ['ignore', output === 'closed' ? 'pipe' : output, 'pipe'] })
  child.stdout?.destroy()
  let stderr = ''
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')))
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (output !== 'closed') closeSync(output)
  return { status, stderr }
}
