import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './repository.ts'

const pages = globSync('**/*.md', { cwd: root, exclude: ['**/node_modules/**', 'build/**', '.venv/**'] })

/** What a page names that should be a file: tests in backticks, and links that stay in the repository. */
function named(page: string): string[] {
  const text = readFileSync(join(root, page), 'utf8')
  const tests = [...text.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, name]) => name ?? '')
  const links = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].map(([, name]) => name ?? '')
  return [...tests, ...links]
}

describe('a page names only what is there', () => {
  test.each(pages.filter((page) => named(page).length > 0))('%s', (page) => {
    const places = [root, join(root, dirname(page)), join(root, 'test/push-image')]
    expect(named(page).filter((name) => !places.some((place) => existsSync(join(place, name))))).toEqual([])
  })
})
