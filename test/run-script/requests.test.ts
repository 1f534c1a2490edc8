import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { told } from '../push-image/told.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
beforeEach(() => {
  door.recorder.fresh()
  door.recorder.answer()
})
afterAll(async () => await door[Symbol.asyncDispose]())

const arm = 'https://management.azure.com'
const soon = { 'retry-after': '0' }

describe('throttling', () => {
  test('429 and 503 with Retry-After are waited for, also of a POST', async () => {
    door.recorder.answer(
      { status: 429, headers: soon },
      { status: 503, headers: soon },
      { status: 200, body: { a: 1 } },
    )
    const { step, results } = await door.script(`
      const answer = await azure.fetch('${arm}/x', { method: 'POST', body: 'once' })
      result.set('json', await answer.text())`)
    expect(step.status, step.stderr).toBe(0)
    expect(results['json']).toBe('{"a":1}')
    expect(door.recorder.fresh().map(({ body }) => body)).toEqual(['once', 'once', 'once'])
    expect(told(step.stderr, 'retry').join('\n')).toContain('SCRIPT_THROTTLED')
  })

  test('503 without it, and every other status, is the script’s', async () => {
    door.recorder.answer({ status: 503 }, { status: 404 }, { status: 204 })
    const { results } = await door.script(`
      const statuses = []
      for (const n of [1, 2, 3]) statuses.push((await azure.fetch('${arm}/' + n)).status)
      result.set('json', JSON.stringify(statuses))`)
    expect(results['json']).toBe('[503,404,204]')
    expect(door.recorder.fresh()).toHaveLength(3)
  })
})

test('each attempt at AWS is signed anew', async () => {
  door.recorder.answer({ status: 429, headers: soon })
  const { step } = await door.script(`await aws.fetch('ecs', { method: 'POST', body: '{}' })`)
  expect(step.status, step.stderr).toBe(0)
  const asked = door.recorder.fresh()
  expect(asked.map(({ credential }) => credential)).toEqual(Array(2).fill('signed for ecs in eu-central-1 by ci-push'))
})

describe('azure.poll', () => {
  test('follows Azure-AsyncOperation to its end', async () => {
    door.recorder.answer(
      { status: 202, headers: { 'azure-asyncoperation': `${arm}/operations/1`, location: `${arm}/never`, ...soon } },
      { body: { status: 'InProgress' }, headers: soon },
      { body: { status: 'Succeeded', properties: { a: 1 } } },
    )
    const { step, results } = await door.script(`
      const last = await azure.poll(await azure.fetch('${arm}/start', { method: 'POST' }))
      result.set('json', await last.text())`)
    expect(step.status, step.stderr).toBe(0)
    expect(JSON.parse(results['json'] ?? '')).toMatchObject({ status: 'Succeeded' })
    expect(door.recorder.fresh().map(({ method, url }) => `${method} ${url}`)).toEqual([
      `POST ${arm}/start`,
      `GET ${arm}/operations/1`,
      `GET ${arm}/operations/1`,
    ])
  })

  test('throws when the operation failed, with what Azure says', async () => {
    door.recorder.answer(
      { status: 201, headers: { 'azure-asyncoperation': `${arm}/operations/1`, ...soon } },
      { body: { status: 'Failed', error: { code: 'QuotaExceeded' } } },
    )
    const { step, record } = await door.script(`await azure.poll(await azure.fetch('${arm}/start', { method: 'PUT' }))`)
    expect(record.data.error?.code).toBe('SCRIPT_FAILED')
    expect(step.stderr.replace(/\s+/g, ' ')).toContain('QuotaExceeded')
  })

  test('throws when it was refused at once, and asks nothing more', async () => {
    door.recorder.answer({ status: 403, body: { error: { code: 'AuthorizationFailed' } } })
    const { record } = await door.script(`await azure.poll(await azure.fetch('${arm}/start', { method: 'POST' }))`)
    expect(record.data.error?.code).toBe('SCRIPT_FAILED')
    expect(door.recorder.fresh()).toHaveLength(1)
  })
})

test('azure.pages gives every entry of all pages, of ARM and of Graph', async () => {
  const graph = 'https://graph.microsoft.com/v1.0/groups'
  door.recorder.answer(
    { body: { value: [1, 2], nextLink: `${arm}/list?page=2` } },
    { body: { value: [3] } },
    { body: { value: ['a'], '@odata.nextLink': `${graph}?page=2` } },
    { body: { value: ['b'] } },
  )
  const { step, results } = await door.script(`
    const all: unknown[] = []
    for await (const entry of azure.pages('${arm}/list')) all.push(entry)
    for await (const entry of azure.pages('${graph}')) all.push(entry)
    result.set('json', JSON.stringify(all))`)
  expect(step.status, step.stderr).toBe(0)
  expect(results['json']).toBe('[1,2,3,"a","b"]')
})

test('fetch goes by the same proxy and CA, without any credential', async () => {
  const { step } = await door.script(`await fetch('https://hooks.contoso.example/x', { method: 'PUT', body: 'hello' })`)
  expect(step.status, step.stderr).toBe(0)
  expect(door.recorder.fresh()).toMatchObject([
    { method: 'PUT', url: 'https://hooks.contoso.example/x', body: 'hello', credential: 'none' },
  ])
})
