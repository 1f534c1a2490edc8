import { inherited } from '../fuzz.ts'

/** The long ones overflow: a wait without end. */
export const durationCorpus = [
  `${'9'.repeat(400)}h`,
  `${'9'.repeat(20)}s`,
  '1h'.repeat(50_000),
  `${'1'.repeat(100_000)}x`,
  '1m s',
  '1.s',
  '.5s',
]

export const listCorpus = [
  ...inherited.map((name) => [`--${name}`, 'a']),
  ['a'],
  ['--first', '--'],
  ['--\u001b[31mred', 'a'],
  ['--first', 'a', '--other', 'b', '--first', 'c'],
]

export const webhookCorpus = [...inherited, ...inherited.map((name) => `${name}/`), 'https://a//', '/']

export const pathCorpus = ['a/../..', '..', '../a', 'a\n/../..', '/etc', 'a/..', './..', `${'a/'.repeat(50_000)}..`]
