import { expect, test } from 'vitest'
import { openRecord } from '../../../steps/lib/audit/record.ts'
import { stepError } from '../../../steps/lib/core/errors.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { readRunContext } from '../../../steps/lib/step/run-context.ts'
import { parseRecord } from '../../push-image/record.ts'

const opening = {
  id: '7d1b8364-11e4-432c-8a1f-eecbfa51a67d',
  step: 'push-image',
  version: '0.1.0',
  startedAt: 0,
  context: readRunContext({}),
}

test('stays on one line that container runtimes keep, whatever is noted', () => {
  const record = openRecord(opening)
  const long = 'ä'.repeat(5000)
  record.identity({ issuer: long, subject: long, awsRole: long, awsSession: long })
  record.action({ target: long, digest: `sha256:${'0'.repeat(64)}` })
  for (let index = 0; index < 500; index++) {
    record.token('entra', { secret: new Secret(`token ${index}`), id: long, audience: 'a', expiresAt: Number.NaN })
    record.request('STS', `request-${index}`)
  }
  const error = stepError('AWS_THROTTLED', { service: 's' }, { upstream: { service: long, ids: { trace: long } } })
  const line = record.finish({ outcome: 'failed', error, finishedAt: 1 })
  expect(parseRecord(`${line}\n`).data.tokens.length).toBeGreaterThan(0)
  expect(line).not.toContain('\n')
})

test('names a token once, by its hash, and never the token', () => {
  const record = openRecord(opening)
  const secret = new Secret('a.very-secret.token')
  for (const _ of [1, 2]) record.token('projected', { secret, id: 'jti', audience: 'aud', expiresAt: 0 })
  const line = record.finish({ outcome: 'ok', finishedAt: 1 })
  expect(parseRecord(`${line}\n`).data.tokens).toEqual([
    { kind: 'projected', id: 'jti', sha256: secret.sha256(), audience: 'aud', expiresAt: '1970-01-01T00:00:00Z' },
  ])
  expect(line).not.toContain('very-secret')
})
