import { expect, test } from 'vitest'
import { Json } from '../../../steps/lib/oci/json.ts'

function parse(text: string): Json {
  return Json.parse(Buffer.from(text))
}

test.each([
  ['arrays', (levels: number) => '['.repeat(levels) + ']'.repeat(levels)],
  ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
])('takes 64 levels of %s and refuses one more, however many there are', (_, nested) => {
  expect(parse(nested(64))).toBeInstanceOf(Json)
  for (const levels of [65, 100_000]) expect(() => parse(nested(levels))).toThrow('nested deeper than 64')
})

test('does not count brackets in strings', () => {
  const text = JSON.stringify(`${'['.repeat(100)}\\"${'{'.repeat(100)}`)
  expect(parse(text).string()).toContain('[[[')
})

test('reads a string of 4 MB with an escape at every place, and refuses one that never ends', () => {
  const quotes = '\\"'.repeat(2_000_000)
  expect(parse(`"${quotes}"`).string()).toHaveLength(2_000_000)
  expect(() => parse(`"${quotes}`)).toThrow('expected JSON in UTF-8')
})

test.each(['1e400', '-1', '-1e400', '0.5', '9007199254740993', '9007199254740992', '"1"', 'true', '[1]', '{}'])(
  'refuses %s as size',
  (text) => {
    expect(() => parse(`{"size":${text}}`).field('size').size()).toThrow('expected a whole number from 0')
  },
)

test('says the number that it got, also when it is none', () => {
  expect(() => parse('[1e400]').items()[0]?.size()).toThrow('[0] is Infinity, expected')
})

test('cuts what it shows of a value', () => {
  const wide = JSON.stringify(Array.from({ length: 10_000 }, () => 'x'))
  expect(() => parse(wide).string()).toThrow(/^the document is .{100}…, expected a string$/)
})

test('gives all members but those that are null, also one named __proto__', () => {
  const object = parse('{"a":"b","gone":null,"__proto__":"c"}')
  expect(Object.entries(object.strings())).toEqual([
    ['a', 'b'],
    ['__proto__', 'c'],
  ])
  expect(() => parse('[]').members()).toThrow('expected an object')
})
