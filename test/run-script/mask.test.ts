import { expect, test } from 'vitest'
import { Secret } from '../../steps/lib/core/secret.ts'
import { createLineMask, createMask } from '../../steps/run-script/mask.ts'

function masked(secret: string, pieces: readonly string[]): { lines: string[]; times: number } {
  const mask = createMask()
  mask.add(new Secret(secret))
  const lines: string[] = []
  let times = 0
  const out = createLineMask(
    mask,
    (line) => lines.push(line),
    () => (times += 1),
  )
  for (const piece of pieces) out.write(piece)
  out.end()
  return { lines, times }
}

test('hides a secret wherever a stream was cut', () => {
  const secret = 'abc+def/123='
  const text = `x ${secret} y\n`
  for (let cut = 0; cut <= text.length; cut += 1)
    expect(masked(secret, [text.slice(0, cut), text.slice(cut)]).lines).toEqual(['x [secret] y'])
})

test('hides it in a URL and in base64, and in a last line without an end', () => {
  const secret = 'abc+def/123='
  const { lines } = masked(secret, [encodeURIComponent(secret), ' ', Buffer.from(secret).toString('base64')])
  expect(lines).toEqual(['[secret] [secret]'])
})

test('hides it in a line that never ends, also where a part of it is given on', () => {
  const secret = 'abcdefghij'.repeat(100)
  const { lines, times } = masked(secret, [
    'x'.repeat(65_000),
    secret.slice(0, 700),
    secret.slice(700),
    'y'.repeat(70_000),
  ])
  const text = lines.join('')
  expect(text).not.toContain('abcdefghij')
  expect(text).toContain('[secret]')
  expect(text.length).toBe(65_000 + '[secret]'.length + 70_000)
  expect(times).toBeGreaterThan(0)
})
