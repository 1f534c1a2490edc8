import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { generatedFiles } from './generated-files.ts'
import { root } from './repository.ts'

test.each(generatedFiles().map(({ path, text }) => [path.slice(root.length + 1), path, text] as const))(
  '%s is what `npm run generate` writes',
  (_, path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text)
  },
)
