import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { example } from '../sandbox/example-cloud.ts'
import { throughProxy } from '../sandbox/through-proxy.ts'
import { jsonOf, startCliSandbox } from './command-line.ts'
import type { CliSandbox } from './command-line.ts'
import { exchange, token } from './entra-exchange.ts'

let sandbox: CliSandbox
let caPem: string
beforeAll(async () => {
  sandbox = await startCliSandbox()
  caPem = await readFile(sandbox.description.caFile, 'utf8')
})
afterEach(async () => void (await sandbox.call(['fault', 'clear'])))
afterAll(async () => await sandbox[Symbol.asyncDispose]())

describe('fault', () => {
  test('changes the outcome as long as it is on, and not longer', async () => {
    const jwt = await token(sandbox)
    const added = await sandbox.call([
      'fault',
      'add',
      '--stand-in',
      'entra',
      '--method',
      'POST',
      '--kind',
      'status',
      '--status',
      '503',
      '--retry-after',
      '7',
    ])
    const { ids } = jsonOf(added) as { ids: string[] }
    expect(await exchange(sandbox, jwt)).toBe('503')
    expect(jsonOf(await sandbox.call(['fault', 'list']))).toEqual({
      faults: [
        {
          id: ids[0],
          rule: { standIn: 'entra', method: 'POST', fault: { kind: 'status', status: 503, retryAfter: 7 } },
        },
      ],
    })
    expect(jsonOf(await sandbox.call(['fault', 'clear', ...ids]))).toEqual({ cleared: 1 })
    expect(jsonOf(await sandbox.call(['fault', 'list']))).toEqual({ faults: [] })
    expect(await exchange(sandbox, jwt)).toBe('200')
  })

  test('befalls as many requests as it says', async () => {
    const jwt = await token(sandbox)
    await sandbox.call(['fault', 'add', '--kind', 'propagation', '--code', '700213', '--from', '2', '--times', '1'])
    expect([await exchange(sandbox, jwt), await exchange(sandbox, jwt), await exchange(sandbox, jwt)]).toEqual([
      '200',
      '401 AADSTS700213',
      '200',
    ])
  })

  test.each<[args: string, rule: Readonly<Record<string, unknown>>]>([
    ['--kind reset-after-bytes --bytes 10', { fault: { kind: 'reset-after-bytes', bytes: 10 } }],
    ['--kind short-body --bytes 10', { fault: { kind: 'short-body', bytes: 10 } }],
    ['--kind content-type --content-type text/html', { fault: { kind: 'content-type', contentType: 'text/html' } }],
    ['--kind proxy-page --status 407', { fault: { kind: 'proxy-page', status: 407 } }],
    ['--kind clock-skew --ms=-300000', { fault: { kind: 'clock-skew', ms: -300_000 } }],
    ['--kind iam-propagation --times 2', { times: 2, fault: { kind: 'iam-propagation' } }],
    ['--kind aws-throttling --stand-in ecr', { standIn: 'ecr', fault: { kind: 'aws-throttling' } }],
    [
      '--kind entra-outage --code 90033 --retry-after 7 --turns works,fails',
      { turns: ['works', 'fails'], fault: { kind: 'entra-outage', code: 90_033, retryAfter: 7 } },
    ],
  ])('is said by options: %s', async (args, rule) => {
    const { ids } = jsonOf(await sandbox.call(['fault', 'add', ...args.split(' ')])) as { ids: string[] }
    expect(jsonOf(await sandbox.call(['fault', 'list']))).toEqual({ faults: [{ id: ids[0], rule }] })
  })

  test('befalls every other request where nodes take turns', async () => {
    const jwt = await token(sandbox)
    await sandbox.call(['fault', 'add', '--kind', 'entra-outage', '--code', '90033', '--turns', 'works,fails'])
    expect([await exchange(sandbox, jwt), await exchange(sandbox, jwt), await exchange(sandbox, jwt)]).toEqual([
      '200',
      '503 AADSTS90033',
      '200',
    ])
  })

  test('comes as JSON too, many at once, by a pattern of the path, from a file or standard input', async () => {
    const rules = [
      { path: { pattern: '/token$' }, fault: { kind: 'status', status: 500 } },
      { host: example.acrHost, fault: { kind: 'stall' } },
    ]
    const file = join(sandbox.scratch, 'faults.json')
    await writeFile(file, JSON.stringify(rules))
    for (const called of [
      await sandbox.call(['fault', 'add', '--json', JSON.stringify(rules)]),
      await sandbox.call(['fault', 'add', '--file', file]),
      await sandbox.call(['fault', 'add', '--file', '-'], { input: JSON.stringify(rules) }),
    ]) {
      expect((jsonOf(called) as { ids: string[] }).ids).toHaveLength(2)
    }
    expect(await exchange(sandbox, await token(sandbox))).toBe('500')
    expect(jsonOf(await sandbox.call(['fault', 'clear']))).toEqual({ cleared: 6 })
    await sandbox.call(['fault', 'add', '--kind', 'status', '--status', '501', '--path-pattern', '/token$'])
    expect(await exchange(sandbox, await token(sandbox))).toBe('501')
  })

  test.each<[args: readonly string[], told: readonly string[]]>([
    [
      ['--kind', 'statsu'],
      ['--kind: got "statsu"', 'did you mean "status"?'],
    ],
    [['--kind', 'status'], ['fault.status: missing, expected a number']],
    [
      ['--kind', 'status', '--status', 'x', '--ms', '3'],
      ['fault.status: got "x", expected a number', 'fault.ms: unknown key'],
    ],
    [['--kind', 'stall', '--stand-in', 'enta'], ['standIn: there is no "enta"; did you mean "entra"?']],
    [['--kind', 'stall', '--turns', 'fails,often'], ['turns[1]: got "often", expected "fails" or "works"']],
    [
      ['--json', '{"turns":[],"fault":{"kind":"stall"}}'],
      ['turns: got an empty list, expected a list of "fails" and "works", at least one'],
    ],
    [['--kind', 'entra-outage', '--code', '70021'], ['fault.code: got 70021, expected 90055, 90033']],
    [['--kind', 'stall', '--path-pattern', '('], ['path.pattern: not a regular expression']],
    [
      ['--json', '[{"fault":{"kind":"stall"}},{"hots":"x"}]'],
      ['[1].fault: missing', '[1].hots: unknown key; did you mean "host"?'],
    ],
    [
      ['--json', '{"fault":{"kind":"stal"}}'],
      ['fault.kind: got "stal", expected one of', 'did you mean "stall"?'],
    ],
  ])('that cannot be is refused: %j', async (args, told) => {
    const called = await sandbox.call(['fault', 'add', ...args])
    expect(called).toMatchObject({ code: 64, stdout: '' })
    for (const text of told) expect(called.stderr.replace(/\n {9}/g, ' ')).toContain(text)
    expect(jsonOf(await sandbox.call(['fault', 'list']))).toEqual({ faults: [] })
  })

  test('that is not there is not cleared, and neither is another one named with it', async () => {
    const { ids } = jsonOf(await sandbox.call(['fault', 'add', '--kind', 'stall', '--host', 'nobody.example'])) as {
      ids: string[]
    }
    expect(await sandbox.call(['fault', 'clear', ...ids, 'f999'])).toMatchObject({ code: 64, stdout: '' })
    expect(jsonOf(await sandbox.call(['fault', 'clear', ...ids]))).toEqual({ cleared: 1 })
  })
})

describe('log', () => {
  test('says what was asked, checked and refused, for people and for programs', async () => {
    await exchange(sandbox, await token(sandbox, '--service-account', 'ci/somebody'))
    const text = (await sandbox.call(['log', '--refused', '--stand-in', 'entra'])).stdout
    expect(text).toMatch(
      /^[\d:.]{12} entra +401 POST login\.microsoftonline\.com\/.*\/oauth2\/v2\.0\/token .*refused: AADSTS700213$/m,
    )
    const lines = (await sandbox.call(['log', '--json', '--refused', '--stand-in', 'entra'])).stdout
      .trimEnd()
      .split('\n')
    const last = JSON.parse(lines.at(-1) ?? '') as Readonly<Record<string, unknown>>
    expect(last).toMatchObject({ standIn: 'entra', status: 401, refused: 'AADSTS700213', number: expect.any(Number) })
    expect(last['checks']).not.toHaveLength(0)
    expect(text).toContain(String((last['checks'] as string[]).at(-1)))
    expect(text).not.toMatch(/^[\d:.]{12} (?!entra)/m)
  })

  test('follows: what comes later is told when it comes, and a signal ends it with 0', async () => {
    const log = sandbox.start(['log', '--follow', '--json', '--stand-in', 'proxy'])
    const refused = throughProxy({ proxyUrl: sandbox.description.proxy, caPem }, { url: 'https://followed.example/' })
    await expect(refused).rejects.toThrow('refused the tunnel with 403')
    const told = await log.until('stdout', /followed\.example.*\n/)
    expect(JSON.parse(told.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      standIn: 'proxy',
      host: 'followed.example',
      status: 403,
    })
    log.child.kill('SIGINT')
    expect(await log.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
  })

  test('of a stand-in that there is not is refused', async () => {
    const called = await sandbox.call(['log', '--stand-in', 'stss'])
    expect(called).toMatchObject({ code: 64, stdout: '' })
    expect(called.stderr).toContain('there is no "stss"; did you mean "sts"?')
  })
})
