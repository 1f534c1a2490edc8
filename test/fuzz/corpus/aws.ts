import { stsErrorBody } from '../../push-image/sts-answers.ts'
import { inherited } from '../fuzz.ts'

/** Codes that a table of codes, looked up carelessly, answers with a function. */
export const codeCorpus = [...inherited, ...inherited.map((name) => `${name}Exception`), 'Exception', '']

export const stsCorpus = [
  ...inherited.map((name) => ({ status: 400, body: stsErrorBody(name, 'words') })),
  { status: 200, body: '' },
  { status: 200, body: '<html>' },
  { status: 400, body: '<ErrorResponse><Error>' },
  { status: 400, body: '<a>'.repeat(20_000) },
]

export const ecrCorpus = [
  ...inherited.map((name) => ({ status: 400, body: JSON.stringify({ __type: name }) })),
  { status: 200, body: '{"authorizationData":[{"authorizationToken":1,"expiresAt":"soon"}]}' },
  { status: 200, body: '{"authorizationData":{"0":{}}}' },
  { status: 200, body: 'null' },
  { status: 200, body: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
]

const path = 'a/'.repeat(100_000)

export const roleCorpus = [
  'arn:aws:iam::123456789012:role/push\n',
  'arn:aws:iam::123456789012:role/',
  'arn:aws:iam::123456789012:role//push',
  'arn:aws:iam::123456789012:user/role/push',
  `arn:aws:iam::123456789012:role/${path}!`,
]

export const sessionCorpus: [string, string, string][] = [
  ['', 'a', 'b'],
  ['ci', 'a b', 'a-b'],
  ['ci', 'a'.repeat(90), 'a'.repeat(91)],
]
