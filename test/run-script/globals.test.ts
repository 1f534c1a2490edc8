import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { told, toldProse } from '../push-image/told.ts'
import { openScriptDoor, type ScriptDoor } from './script-door.ts'

let door: ScriptDoor
beforeAll(async () => (door = await openScriptDoor()))
beforeEach(() => {
  door.recorder.fresh()
  door.recorder.answer()
  door.requests()
})
afterAll(async () => await door[Symbol.asyncDispose]())

test('sends a token for the URL’s host, leaves results and notes, and the record says which token it was', async () => {
  door.recorder.answer({ body: { name: 'web' } })
  const script = `
    interface Site { name: string }
    const answer = await azure.fetch('https://management.azure.com/site?api-version=1', { headers: { accept: 'application/json' } })
    const site = (await answer.json()) as Site
    result.set('value', site.name)
    result.set('json', JSON.stringify({ status: answer.status, key: params.key, more: params['more'] }))
    record.note('looked at ' + site.name)
    console.log('found', site.name)`
  const { step, results, record } = await door.script(script, { params: { params: ['key=a=b', 'more='] } })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toEqual({
    value: 'web',
    id: '',
    url: '',
    json: '{"status":200,"key":"a=b","more":""}',
    record: expect.any(String),
  })
  expect(door.recorder.fresh()).toMatchObject([
    {
      method: 'GET',
      url: 'https://management.azure.com/site?api-version=1',
      credential: 'token for https://management.azure.com',
    },
  ])
  expect(record.data.action).toMatchObject({
    name: 'run-script',
    target: 'script.ts',
    digest: `sha256:${createHash('sha256').update(script).digest('hex')}`,
    notes: ['looked at web'],
  })
  expect(record.data.action).not.toHaveProperty('handedOver')
  expect(record.data.tokens).toContainEqual(
    expect.objectContaining({ kind: 'entra', audience: 'https://management.azure.com' }),
  )
  expect(told(step.stderr, 'script')).toContain('found web')
})

test('one token for a resource serves all requests, and a resource of one’s own is named', async () => {
  const { step } = await door.script(`
    await Promise.all([1, 2].map((n) => azure.fetch('https://a.vault.azure.net/secrets?n=' + n)))
    await azure.fetch('https://orders.contoso.example/', { resource: 'api://orders', method: 'POST', body: new URLSearchParams({ a: '1' }) })`)
  expect(step.status, step.stderr).toBe(0)
  expect(door.requests().filter((line) => line.startsWith('entra POST'))).toHaveLength(2)
  const asked = door.recorder.fresh()
  expect(asked.map(({ credential }) => credential)).toEqual([
    'token for https://vault.azure.net',
    'token for https://vault.azure.net',
    'token for api://orders',
  ])
  expect(asked.at(-1)).toMatchObject({ method: 'POST', body: 'a=1' })
  expect(asked.at(-1)?.headers['content-type']).toMatch(/^application\/x-www-form-urlencoded/)
})

test('what the script itself was given stands in the record with its end, and is masked where it prints it', async () => {
  const { step, record } = await door.script(`
    const token = await azure.token('https://graph.microsoft.com')
    const { sessionToken, secretAccessKey, expiration, region } = await aws.credentials()
    console.log('token', token)
    console.error('key', secretAccessKey, Buffer.from(token).toString('base64'))
    process.stdout.write('in two ' + sessionToken.slice(0, 40))
    process.stdout.write(sessionToken.slice(40) + '\\n')
    result.set('json', JSON.stringify([expiration, region]))`)
  // The door has searched all that is left for every secret.
  expect(step.status, step.stderr).toBe(0)
  expect(told(step.stderr, 'script')).toEqual(
    expect.arrayContaining(['token [secret]', 'key [secret] [secret]', 'in two [secret]']),
  )
  expect(told(step.stderr, 'masked')).toHaveLength(1)
  expect(record.data.action).toMatchObject({
    handedOver: [
      {
        file: 'script.ts',
        entry: 'Entra token for https://graph.microsoft.com',
        expiresAt: expect.stringMatching(/Z$/),
      },
      {
        file: 'script.ts',
        entry: expect.stringMatching(/^AWS session arn:aws:sts::123456789012:assumed-role\/ci-push\//),
      },
    ],
  })
})

test('signs requests to AWS, with the session of the role, at the service’s own endpoint', async () => {
  const { step } = await door.script(`
    await aws.fetch('ecs', { method: 'POST', headers: { 'x-amz-target': 'X.List' }, body: '{}' })
    await aws.fetch('lambda', { url: '/2015-03-31/functions/arn:aws:lambda:x/invocations?b=2&a=%20', region: 'us-east-1' })
    await aws.fetch('s3', { url: 'https://s3.eu-central-1.amazonaws.com/bucket/a%20b?list-type=2&prefix=a%2Fb' })`)
  expect(step.status, step.stderr).toBe(0)
  const asked = door.recorder.fresh()
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST https://ecs.eu-central-1.amazonaws.com/',
    'GET https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/arn:aws:lambda:x/invocations?b=2&a=%20',
    'GET https://s3.eu-central-1.amazonaws.com/bucket/a%20b?list-type=2&prefix=a%2Fb',
  ])
  expect(asked.slice(0, 2).map(({ credential }) => credential)).toEqual([
    'signed for ecs in eu-central-1 by ci-push',
    'signed for lambda in us-east-1 by ci-push',
  ])
  expect(asked[2]?.headers['x-amz-content-sha256']).toBe(createHash('sha256').update('').digest('hex'))
})

test('the script’s process has an environment of its own, and reads no file but those of the workspaces', async () => {
  const { step, results } = await door.call(
    {
      script: `
        import { readFileSync, writeFileSync } from 'node:fs'
        import { spawnSync } from 'node:child_process'
        const tried = (use: () => unknown) => { try { return String(use()) } catch (error) { return (error as { code: string }).code } }
        writeFileSync(workspace('source') + '/new.txt', 'written')
        result.set('json', JSON.stringify({
          env: Object.keys(process.env),
          own: readFileSync(workspace('source') + '/new.txt', 'utf8'),
          other: tried(() => readFileSync('/proc/' + process.ppid + '/environ')),
          program: tried(() => spawnSync('/bin/true').status),
          unbound: tried(() => workspace('output')),
        }))`,
    },
    {},
  )
  expect(step.status, step.stderr).toBe(0)
  expect(JSON.parse(results['json'] ?? '')).toEqual({
    env: [],
    own: 'written',
    other: 'ERR_ACCESS_DENIED',
    program: 'ERR_ACCESS_DENIED',
    unbound: undefined,
  })
})

test.each(['["a","b"]', '{"name":"web"}', 'null', '"quoted"', '1.10'])(
  'the text %s is a result as it stands',
  async (text) => {
    const { succeeded, results } = await door.script(`result.set('json', params.text!)`, {
      params: { params: [`text=${text}`] },
    })
    expect(succeeded).toBe(true)
    expect(results['json']).toBe(text)
  },
)

test('what was begun and not waited for is done before the step ends', async () => {
  const { step } = await door.script(`setTimeout(() => void azure.fetch('https://management.azure.com/late'), 10)`)
  expect(step.status, step.stderr).toBe(0)
  expect(door.recorder.fresh().map(({ url }) => url)).toEqual(['https://management.azure.com/late'])
})

test('acts only where the param clouds says', async () => {
  const { step, record } = await door.script(`await aws.fetch('ecs')`, { params: { clouds: ['azure'] } })
  expect(record.data.error?.code).toBe('SCRIPT_CLOUD_CLOSED')
  expect(step.programStatus).toBe(77)
  expect(door.requests().filter((line) => /^(sts|entra)/.test(line))).toEqual([])
})

test('a dry run tries the exchanges, says where tokens could go, and runs nothing', async () => {
  const script = `await azure.fetch('https://management.azure.com/never'); result.set('value', 'x')`
  const { step, results, record } = await door.script(script, { params: { 'dry-run': 'true' } })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ value: '' })
  expect(door.recorder.fresh()).toEqual([])
  expect(record.data.tokens.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['entra', 'aws-session']))
  expect(told(step.stderr, 'allowed')).toContain('*.vault.azure.net: tokens for https://vault.azure.net')
  expect(toldProse(step.stderr, 'allowed')).toContain(`in ${example.region}`)
})

test('a dry run finds what is wrong with the script', async () => {
  const { record } = await door.script(`\nconst a = ;`, { params: { 'dry-run': 'true' } })
  expect(record.data.error?.code).toBe('SCRIPT_INVALID')
})
