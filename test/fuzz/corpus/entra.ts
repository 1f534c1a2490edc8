import { inherited } from '../fuzz.ts'

/** Enough to be noticed: a second try for each character would take minutes. */
const many = 300_000

/** A search for the ids that goes back over each run of spaces would not end on these. */
export const descriptionCorpus = [
  `AADSTS700213: x${' '.repeat(many)}`,
  `AADSTS700213: x${'\r\n'.repeat(many / 2)}y`,
  'Trace ID: '.repeat(many / 10),
  `AADSTS${'7'.repeat(many)}`,
]

export const entraCorpus = [
  ...inherited.map((name) => ({ status: 400, headers: {}, body: JSON.stringify({ error: name }) })),
  { status: 400, headers: {}, body: JSON.stringify({ error: 'x'.repeat(many), error_description: '' }) },
  { status: 400, headers: { 'content-type': 'x'.repeat(10_000) }, body: '<html>' },
]

/** Answers with status 200 that say "access_token" and give none. */
export const tokenAnswerCorpus = [
  '{"access_token":"x"}',
  '{"access_token":"a.b.c","expires_in":"soon"}',
  '{"access_token":"","expires_in":3600,"token_type":"Bearer"}',
  '{"access_token":"',
  '[{"access_token":"x"}]',
  '{"error":"invalid_grant","access_token":"x"}',
]

export const acrCorpus = ['{"refresh_token":"a\\nb"}', '{"refresh_token":"r","access_token":"not a token"}']
