const deep = 30_000

/** Bodies of refusals. The deep one is read without trouble, and cannot be written again. */
export const bodyCorpus = [
  `{"errors":[{"code":"DENIED","message":"no","detail":${'['.repeat(deep)}${']'.repeat(deep)}}]}`,
  `{"errors":[{"code":${'['.repeat(deep)}${']'.repeat(deep)}}]}`,
  '{"errors":[]}',
  '{"errors":[null]}',
  '{"errors":{"0":{"code":"DENIED"}}}',
  '{"errors":[{"code":1,"message":2}]}',
  '{"__proto__":{"errors":[{"code":"DENIED"}]}}',
  '\ufeff{"errors":[]}',
  ' '.repeat(1_000_000),
]

/** JavaScript takes each of these for a date. */
export const retryAfterCorpus = [
  '-1',
  '1.5',
  'soon 2099',
  '2099-01-01',
  '1 Jan 2099',
  '9999999999',
  '+5',
  '0x10',
  '0,',
  'Mon, 31 Dec 2025 99:99:99 GMT',
  '',
]
