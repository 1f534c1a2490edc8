import { afterAll, beforeAll, expect, test } from 'vitest'
import { openFrontDoor, type FrontDoor, type Variation } from '../push-image/front-door.ts'
import { told } from '../push-image/told.ts'
import { badClaims } from '../unit/token/bad-claims.ts'
import { badForms } from '../unit/token/bad-forms.ts'
import { personClaims, rules as corpusDefaults, sign, v1Claims, v2Claims } from '../unit/token/entra-tenant.ts'
import { atCorpusTime, corpusRules, expectUntold, publishCorpusKey, verifyToken } from './gate-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor()
  publishCorpusKey(door)
})
afterAll(async () => await door[Symbol.asyncDispose]())

type Rules = Partial<typeof corpusDefaults>

/** The corpus' rules as the step's params. */
function paramsOf({ kind = 'app', roles }: Rules): NonNullable<Variation['params']> {
  const required = roles === undefined ? ['Deploy'] : 'all' in roles ? roles.all : roles.any
  const match = roles !== undefined && 'any' in roles ? 'any' : 'all'
  return { ...corpusRules, 'require-kind': kind, 'require-roles': required, match }
}

async function check(token: string, rules: Rules = {}) {
  const result = await verifyToken(door, token, { params: paramsOf(rules), run: atCorpusTime() })
  expectUntold(result, token)
  return result
}

/** Refused by exactly these checks; a token is never let through, whatever the exit status says. */
async function expectRefused(token: string, codes: readonly string[], rules: Rules = {}): Promise<void> {
  const { step, results, record, succeeded } = await check(token, rules)
  expect({ succeeded, exit: step.programStatus, results }).toEqual({ succeeded: false, exit: 77, results: {} })
  expect(record.data.outcome).toBe('refused')
  expect(record.data.action).not.toHaveProperty('access')
  expect(told(step.stderr, 'fault').map((text) => text.split(':')[0])).toEqual(codes)
}

test.each<[what: string, claims: Readonly<Record<string, unknown>>, kind: 'app' | 'person']>([
  ['v2', v2Claims, 'app'],
  ['v1', v1Claims, 'app'],
  ['a person’s', { ...personClaims, roles: ['Deploy'] }, 'person'],
])('lets the good token through beside the bad ones: %s', async (_what, claims, kind) => {
  const { step, results } = await check(sign(claims), { kind })
  expect(step.status, step.stderr).toBe(0)
  expect(results).toMatchObject({ 'object-id': claims['oid'], kind, roles: 'Deploy' })
})

// An empty file is no token at all: it has a code of its own, in token-file.test.ts.
test.each(badForms.filter(([what]) => what !== 'an empty text'))('refuses %s (%s)', async (_what, code, make) => {
  await expectRefused(make(), [code])
})

/** A list that lets nobody in is no list as a param; and a real clock runs on, so a start one second too late comes true. */
const unfit: readonly string[] = ['any client, where none is allowed', 'a beginning beyond what clocks may differ']

test.each(badClaims.filter(({ what }) => !unfit.includes(what)))('refuses $what', async (row) => {
  const { codes, good = v2Claims, change, rules = {} } = row
  await expectRefused(sign({ ...good, ...change }), codes, rules)
})

test('refuses a beginning two minutes from now', async () => {
  await expectRefused(sign({ ...v2Claims, nbf: Number(v2Claims['nbf']) + 300 + 120 }), ['not-yet-valid'])
})

test('of the corpus three tokens are left out here, and no more', () => {
  const names = [...badForms.map(([what]) => what), ...badClaims.map(({ what }) => what)]
  expect(names.filter((what) => unfit.includes(what) || what === 'an empty text')).toHaveLength(3)
  expect(names.length).toBeGreaterThanOrEqual(130)
})
