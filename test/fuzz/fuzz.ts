import * as fc from 'fast-check'
import { expect, test } from 'vitest'

/** The same cases at each run, so that a failure is there again; `FUZZ_SEED` tries others. */
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_123)

export type FuzzOptions<T> = {
  readonly from: fc.Arbitrary<T>
  /** Cases that once failed, or that chance would hardly find; each is replayed by itself before anything is generated. */
  readonly corpus?: readonly T[]
  readonly runs?: number
}

/** A property of every input: `check` throws (by `expect`) where it does not hold. A failure prints seed and path of the shortest case. */
export function fuzz<T>(name: string, options: FuzzOptions<T>, check: (input: T) => void | Promise<void>): void {
  const { from, corpus = [], runs = 500 } = options
  test.each(corpus.map((input) => [shown(input), input] as const))(
    `${name}: case %s of the corpus`,
    async (_shown, input) => {
      expect.hasAssertions()
      await check(input)
    },
  )
  test(`${name}: ${runs} generated cases`, async () => {
    const result = await fc.check(
      fc.asyncProperty(from, async (input) => {
        await check(input)
      }),
      { seed, numRuns: runs },
    )
    expect(result.failed, `FUZZ_SEED=${seed}\n${fc.defaultReportMessage(result)}`).toBe(false)
  })
}

/** One code point of the text. */
export function oneOf(characters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...Array.from(characters))
}

/** Text of all kinds: half of it any code points, control characters among them, half of it from the characters that grammars turn on. */
export function anyText(characters: string): fc.Arbitrary<string> {
  const odd = oneOf(`${characters}\u0000\u001b\r\n\t %?#\\\u202e\u2028ß😀`)
  return fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: odd, maxLength: 40 }))
}

/** A good text with up to three characters put in, taken out or replaced: what differs by little from what is right. */
export function almost(good: fc.Arbitrary<string>, characters: string): fc.Arbitrary<string> {
  const edit = fc.record({ at: fc.nat(200), drop: fc.nat(2), put: anyText(characters).map((text) => text.slice(0, 3)) })
  return fc.tuple(good, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((now, { at, drop, put }) => {
      const place = at % (now.length + 1)
      return now.slice(0, place) + put + now.slice(place + drop)
    }, text),
  )
}

/** Names that every JavaScript object answers to: a table that is looked up carelessly finds a function there. */
export const inherited = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty'] as const

/** A value as JSON may hold it, with inherited names among its keys. */
export function anyJson(): fc.Arbitrary<unknown> {
  const key = fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom(...inherited))
  return fc.jsonValue({ maxDepth: 4 }).chain((value) => fc.dictionary(key, fc.constant(value), { maxKeys: 3 }))
}

function shown(input: unknown): string {
  const text = JSON.stringify(input) ?? String(input)
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text
}
