import { expect, test } from 'vitest'
import { credentialProcessLine } from '../../../steps/lib/handover/credential-process.ts'

test('words with blanks stand in double quotes, others as they are', () => {
  expect(credentialProcessLine(['/nodejs/bin/node', '/app/main.js', 'x', '/my volume/aws/process-a.b.json'])).toBe(
    '/nodejs/bin/node /app/main.js x "/my volume/aws/process-a.b.json"',
  )
})

test.each(['/a$HOME', '/a`id`', '/a"b', "/a'b", '/a\\b', '/a;b', '/a#b', '/a\nb', '/a~', '', '/a&b', '/ä'])(
  'a path that a shell could read otherwise is refused: %j',
  (path) => {
    expect(() => credentialProcessLine(['/nodejs/bin/node', path])).toThrowError(
      expect.objectContaining({ code: 'HANDOVER_FOLDER_UNUSABLE' }),
    )
  },
)
