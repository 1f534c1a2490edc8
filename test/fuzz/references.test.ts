import * as fc from 'fast-check'
import { expect } from 'vitest'
import { parseDigest } from '../../steps/lib/oci/digest.ts'
import { parseReference, type Reference } from '../../steps/lib/oci/reference.ts'
import { digestCorpus, referenceCorpus } from './corpus/references.ts'
import { almost, anyText, fuzz, oneOf } from './fuzz.ts'

const letters = 'abcdefghijklmnopqrstuvwxyz'
const word = (unit: string, min = 1, max = 12) => fc.string({ unit: oneOf(unit), minLength: min, maxLength: max })
const label = word(`${letters}0123456789`)
const host = fc
  .tuple(
    fc.array(label, { minLength: 1, maxLength: 3 }),
    word(letters, 2, 6),
    fc.option(fc.integer({ min: 1, max: 65_535 })),
  )
  .map(([labels, top, port]) => `${[...labels, top].join('.')}${port === null ? '' : `:${port}`}`)
const separator = fc.constantFrom('.', '_', '__', '-', '---')
const component = fc
  .tuple(label, fc.array(fc.tuple(separator, label), { maxLength: 3 }))
  .map(([first, more]) => first + more.flat().join(''))
const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
const tag = fc
  .tuple(word(`${letters}ABC019_`, 1, 1), word(`${letters}ABC019_.-`, 0, 127))
  .map(([first, more]) => first + more)
const digest = fc
  .constantFrom(['sha256', 64] as const, ['sha512', 128] as const)
  .chain(([name, length]) => word('0123456789abcdef', length, length).map((hex) => `${name}:${hex}`))
const parts = fc.record({ host, repository, tag: fc.option(tag), digest: fc.option(digest) })
const reference = parts.map(({ host: at, repository: path, tag: name, digest: sum }) =>
  [`${at}/${path}`, name === null ? '' : `:${name}`, sum === null ? '' : `@${sum}`].join(''),
)

fuzz('a reference of the grammar is parsed into its parts', { from: parts }, (made) => {
  const given = Object.entries(made).filter(([, part]) => part !== null)
  const text = print(Object.assign({ host: '', repository: '' }, Object.fromEntries(given)))
  expect(parseReference(text)).toEqual(Object.fromEntries(given))
})

fuzz(
  'a reference that is taken loses nothing, and is one place on one host; what is refused is quoted',
  {
    from: fc.oneof(almost(reference, '/:@.-_[]A'), anyText('/:@.-_[]aA0'), reference),
    corpus: referenceCorpus,
    runs: 1000,
  },
  (text) => {
    const parsed = parseReference(text)
    if ('fault' in parsed) {
      expect(text).toContain(parsed.fault.got)
      expect(parsed.fault.expected).not.toBe('')
      return
    }
    const slash = text.indexOf('/')
    expect(print(parsed)).toBe(text.slice(0, slash).toLowerCase() + text.slice(slash))
    // What a URL is made of must come out of it: no part may climb, end the host or begin a query.
    const url = new URL(`https://${parsed.host}/v2/${parsed.repository}/manifests/${parsed.tag ?? parsed.digest ?? ''}`)
    expect(`${url.hostname}${url.pathname}${url.search}${url.hash}`).toBe(
      `${parsed.host.replace(/:\d+$/, '')}/v2/${parsed.repository}/manifests/${parsed.tag ?? parsed.digest ?? ''}`,
    )
  },
)

fuzz(
  'a digest is taken as it is, or not at all',
  { from: fc.oneof(digest, almost(digest, 'sha:0Ff')), corpus: digestCorpus },
  (text) => {
    const [name, hex = '', ...more] = text.split(':')
    const length = { sha256: 64, sha512: 128 }[name ?? '']
    const good =
      more.length === 0 && hex.length === length && Array.from(hex).every((one) => '0123456789abcdef'.includes(one))
    expect(parseDigest(text)).toBe(good ? text : undefined)
  },
)

function print({ host: at, repository: path, tag: name, digest: sum }: Reference): string {
  return `${at}/${path}${name === undefined ? '' : `:${name}`}${sum === undefined ? '' : `@${sum}`}`
}
