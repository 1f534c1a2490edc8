import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { errorRow, errorTable, type ErrorCode } from '../../steps/lib/core/error-table.ts'
import { root } from './repository.ts'

const codes = Object.keys(errorTable).filter((code): code is ErrorCode => code in errorTable)

const sources = readdirSync(join(root, 'steps'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('-rows.ts'))
  .map((file) => readFileSync(join(root, 'steps', file), 'utf8'))
  .join('\n')

test.each(codes)('%s is thrown or mapped to somewhere: no dead code', (code) => {
  expect(sources).toContain(`'${code}'`)
})

/** First words of codes. */
const kinds = [...new Set(codes.filter((code) => code.includes('_')).map((code) => code.split('_', 1)[0]))]

test('every code in the sources is in the table', () => {
  const used = new Set(
    [...sources.matchAll(new RegExp(`'((?:${kinds.join('|')})_[A-Z0-9_]+)'`, 'g'))].map((match) => match[1]),
  )
  // Those that are names of variables.
  const ofStep = ['TOKEN_FILE', 'AWS_TOKEN_FILE', 'AWS_APP_ID', 'KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT']
  const ofClients = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'SESSION_TOKEN', 'ROLE_ARN', 'WEB_IDENTITY_TOKEN_FILE']
  for (const variable of [...ofStep, ...ofClients.map((name) => `AWS_${name}`)]) used.delete(variable)
  expect([...used].filter((code) => code !== undefined && !(code in errorTable))).toEqual([])
  // The pattern must find something, or this test says nothing.
  expect(used.size).toBeGreaterThan(30)
})

test.each(codes)('%s says what happened and what to do', (code) => {
  const { what, remedy } = errorRow(code)
  expect(what).toMatch(/^[A-Z<].*[.:]?$/s)
  expect(remedy.length).toBeGreaterThan(20)
})

test.each(codes)('%s has its place on the troubleshooting page', (code) => {
  expect(readFileSync(join(root, 'TROUBLESHOOTING.md'), 'utf8')).toContain(`\n## ${code}\n`)
})

const otherTests: readonly string[] = ['bench', 'cli', 'cluster', 'contract', 'foreign', 'image', 'sandbox']

/** What all tests but the contract's own and the sandbox's name in capitals: a code among it is met by a run. */
const named = new Set(
  readdirSync(join(root, 'test'), { encoding: 'utf8' })
    .filter((name) => !name.includes('.') && !otherTests.includes(name))
    .flatMap((folder) =>
      readdirSync(join(root, 'test', folder), { encoding: 'utf8', recursive: true }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => readFileSync(join(root, 'test', file), 'utf8').match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []),
)

test.each(codes)('%s is met by a test', (code) => {
  expect(named.has(code)).toBe(true)
})
