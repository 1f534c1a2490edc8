import { expect, test } from 'vitest'
import { openFrontDoor } from '../push-image/front-door.ts'
import { programWith } from '../push-image/programs.ts'
import { told } from '../push-image/told.ts'
import type { BrokenTrust } from './broken-trust.ts'
import { brokenTrusts, weakTrusts } from './broken-trusts.ts'
import { checkTrust, standing, type Checked } from './trust-door.ts'

async function check({ cloud, variation, arrange }: BrokenTrust): Promise<Checked> {
  await using door = await openFrontDoor(cloud)
  arrange?.(door)
  return await checkTrust(door, { ...variation, run: { ...programWith('hurry'), ...variation?.run } })
}

/** Titles of what is printed for the rows that are named, and the text on standard error has all of it. */
function expectCreated({ verdict, step }: Checked, which: 'failed' | 'weak', titles: readonly string[] = []): void {
  const created = (verdict?.rows ?? []).filter((row) => row.standing === which).flatMap((row) => row.create ?? [])
  expect(created.map(({ title }) => title)).toEqual(
    titles.map((title) => expect.stringMatching(new RegExp(`^${title}`))),
  )
  // Prose is wrapped, and everything stands in a column.
  const plain = (text: string) => text.replace(/\s+/g, ' ')
  const printed = plain(step.stderr)
  for (const { title, forms } of created) {
    expect(printed).toContain(plain(title))
    for (const text of Object.values(forms)) expect(printed).toContain(plain(text))
    // Nor a here-document: it is printed with an indent, and would not end where it is pasted.
    expect(JSON.stringify(forms)).not.toMatch(/[⟦⟧]|undefined|<</)
  }
}

test.each(brokenTrusts)('names it where $what', async (broken) => {
  const checked = await check(broken)
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual(broken.rows)
  expectCreated(checked, 'failed', broken.create)
  expect(checked.step.programStatus).toBe(77)
  expect(checked.record.data).toMatchObject({ outcome: 'refused', error: { code: 'TRUST_BROKEN' } })
  expect(checked.verdict?.verdict).toBe('broken')
  expect(told(checked.step.stderr, 'failed')).toHaveLength(broken.rows.length)
  // Every failure says what to do: in words, or by what is to be created.
  const failed = (checked.verdict?.rows ?? []).filter((row) => row.standing === 'failed')
  expect(failed.map(({ advice, create }) => advice ?? create?.[0]?.title ?? '')).not.toContain('')
})

test.each(weakTrusts)('warns where $what', async (weak) => {
  const checked = await check(weak)
  expect({ failed: standing(checked, 'failed'), weak: standing(checked, 'weak') }, checked.step.stderr).toEqual({
    failed: [],
    weak: weak.rows,
  })
  expectCreated(checked, 'weak', weak.create)
  expect(checked.step.programStatus).toBe(0)
  expect(checked.results).toMatchObject({ verdict: 'weak', failed: '', weak: weak.rows.join(',') })
})

test('there are enough kinds of broken trust, each told once', () => {
  expect(brokenTrusts.length).toBeGreaterThanOrEqual(25)
  expect(new Set(brokenTrusts.map(({ what }) => what)).size).toBe(brokenTrusts.length)
})
