import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { call } from './command-line.ts'
import { taskRun } from './lint-documents.ts'

// Made here, so that no text of the repository looks like one.
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwt = [base64({ alg: 'RS256', typ: 'JWT' }), base64({ iss: 'https://example.com', sub: 'builder' }), 'c2ln'].join(
  '.',
)
const privateKey = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey
const secretKey = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCY'.padEnd(40, 'x')

const secrets: readonly (readonly [kind: string, param: string, value: string])[] = [
  ['an AWS access key id', 'image', 'AKIA'.padEnd(20, 'B2')],
  ['an AWS access key id', 'path', '../ASIA'.padEnd(23, 'B2')],
  ['an AWS secret access key', 'aws-secret-access-key', secretKey],
  ['an AWS secret access key', 'source-ref', `aws_secret_access_key = ${secretKey}`],
  ['a JWT', 'client-id', jwt],
  ['a private key', 'source-ref', privateKey],
  ['an Azure client secret', 'source-ref', `abc8Q~${'d'.repeat(34)}`],
  ['an Azure storage key', 'source-ref', `AccountName=a;AccountKey=${'A'.repeat(86)}==`],
]

const forms = ['text', 'json', 'sarif'] as const

describe.each(secrets)('%s in the param %s', (kind, param, value) => {
  const text = taskRun.replace(
    '    - name: dry-run\n',
    () => `    - name: ${param}\n      value: ${JSON.stringify(value)}\n    - name: dry-run\n`,
  )

  test('is found in every form of output, and never printed', async () => {
    for (const output of forms) {
      const { code, stdout, stderr } = await call(['lint', '-', '--output', output], { input: text })
      expect(code).toBe(1)
      expect(stdout).toContain('secret-in-param')
      expect(stdout).toContain(kind)
      const core = value.split('\n').find((line) => line.length > 30) ?? value
      for (const part of [value, JSON.stringify(value), core, core.slice(-20)])
        expect(stdout + stderr).not.toContain(part)
    }
  })
})

test('the default of a param of any Pipeline is looked at, whether it calls ours or not', async () => {
  const input = `apiVersion: tekton.dev/v1
kind: Pipeline
metadata: { name: theirs }
spec:
  params:
    - name: token
      default: "${jwt}"
  tasks: []
`
  const { code, stdout } = await call(['lint', '-'], { input })
  expect({ code, stdout }).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^<stdin>:7:16: error secret-in-param/),
  })
  expect(stdout).not.toContain(jwt)
})

test('what only resembles a secret is none', async () => {
  const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
  const input = taskRun.replace('"high"', `"high"\n    - name: source-ref\n      value: "${digest}"`)
  expect(await call(['lint', '-'], { input })).toMatchObject({ code: 0, stdout: '' })
})
