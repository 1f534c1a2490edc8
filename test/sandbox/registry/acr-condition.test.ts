import { expect, test } from 'vitest'
import { parseCondition } from './acr-condition.ts'

const NAME = '@Request[Microsoft.ContainerRegistry/registries/repositories:name]'
const matches = (action: string): string =>
  `ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/${action}'}`

/** As the portal writes it: the named actions only where the expression holds. */
const portal = (expression: string): string => `
(
 (
  !(${matches('content/read')})
  AND
  !(${matches('metadata/read')})
 )
 OR
 (
  ${expression}
 )
)`

test.each([
  ["StringEqualsIgnoreCase 'nginx'", 'nginx', true],
  ["StringEqualsIgnoreCase 'NGINX'", 'nginx', true],
  ["StringEquals 'NGINX'", 'nginx', false],
  ["StringEqualsIgnoreCase 'nginx'", 'backend/nginx', false],
  ["StringStartsWithIgnoreCase 'backend/'", 'backend/nginx', true],
  ["StringStartsWithIgnoreCase 'backend/'", 'backend-infra/k8s', false],
  ["StringNotStartsWith 'backend/'", 'backend/nginx', false],
  ["StringLike 'team-*/web'", 'team-a/web', true],
  ["ForAnyOfAnyValues:StringEquals {'a', 'b'}", 'b', true],
  ["ForAnyOfAnyValues:StringEquals {'a', 'b'}", 'c', false],
])('reads %s: on %s it says %s', (expression, repository, holds) => {
  const condition = parseCondition(portal(`${NAME} ${expression}`))
  expect(condition({ action: 'content/read', repository })).toBe(holds)
  expect(condition({ action: 'content/write', repository })).toBe(true)
})

test('OR joins prefixes, NOT turns round, brackets group', () => {
  const two = parseCondition(`${NAME} StringStartsWith 'a/' OR ${NAME} StringStartsWith 'b/'`)
  expect(['a/x', 'b/x', 'c/x'].map((repository) => two({ action: 'content/read', repository }))).toEqual([
    true,
    true,
    false,
  ])
  const none = parseCondition(
    `NOT (${NAME} StringStartsWith 'a/' || ${NAME} StringStartsWith 'b/') && ${matches('content/*')}`,
  )
  expect(none({ action: 'content/read', repository: 'c/x' })).toBe(true)
  expect(none({ action: 'metadata/read', repository: 'c/x' })).toBe(false)
})

test.each([
  [''],
  [`${NAME} StringEquals`],
  [`${NAME} NumericEquals 'x'`],
  ["@Resource[Microsoft.Storage/x:name] StringEquals 'x'"],
  [`(${NAME} StringEquals 'x'`],
  [`${NAME} StringEquals 'x' ${NAME}`],
  [`${NAME} = 'x'`],
])('refuses to read %s', (text) => {
  expect(() => parseCondition(text)).toThrow(/condition: /)
})
