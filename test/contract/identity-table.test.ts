import { expect, test } from 'vitest'
import { identityOptions, identityTable } from '../../steps/lib/catalog/identity-table.ts'
import { defineStep, type Param } from '../../steps/lib/step/define-step.ts'
import { identityParams } from '../../steps/lib/step/identity-params.ts'
import { sharedIdentityParams, sideIdentityParams } from '../../steps/lib/step/identity-sides.ts'
import { sideParams } from '../../steps/lib/step/side-params.ts'
import { allSteps } from './repository.ts'

test('every identity param stands in one row of the table, and nothing else does', () => {
  const named = identityOptions.flatMap(([, params]) => params)
  expect(named.toSorted()).toEqual(
    Object.keys(identityParams)
      .filter((name) => name !== 'identity')
      .toSorted(),
  )
})

function stepWith(name: string, params: Readonly<Record<string, Param>>, token = true) {
  return defineStep({ name, summary: '', params, workspaces: {}, results: {}, token })
}

/** The cells of one row, from the table as text. */
function cells(table: string, option: string): string[] {
  const row = table.split('\n').find((line) => line.startsWith(`| ${option}`))
  return (row ?? '')
    .split(' | ')
    .slice(1)
    .map((cell) => cell.replace(/ \|$/, ''))
}

test('says yes only where all params of an option are taken, and names the prefixes of several identities', () => {
  const prefixed = Object.fromEntries(
    ['from', 'to'].flatMap((prefix) =>
      Object.entries(identityParams).map(([name, param]) => [`${prefix}-${name}`, param] as const),
    ),
  )
  const { 'aws-chain-role-arn': _chain, 'aws-token-audience': _audience, ...fewer } = identityParams
  const table = identityTable([
    stepWith('a-whole', identityParams),
    stepWith('b-less', fewer),
    stepWith('c-two', prefixed),
    stepWith('d-shared', { ...sideParams('from', sideIdentityParams), ...sharedIdentityParams }),
    stepWith('no-identity', {}, false),
  ])
  expect(table.split('\n')[0]).toBe('| Option and its params | `a-whole` | `b-less` | `c-two` | `d-shared` |')
  expect(cells(table, 'Role chaining')).toEqual(['yes', '–', '`from-…`, `to-…`', '`from-…`'])
  expect(cells(table, 'AWS without Entra')).toEqual(['yes', '–', '`from-…`, `to-…`', '`from-…`'])
  expect(cells(table, 'FIPS')).toEqual(['yes', 'yes', '`from-…`, `to-…`', '`from-…`'])
})

test.each([...allSteps.values()])(
  '$name declares what its params are guarded by: else a guard would hold nothing',
  (step) => {
    const params: readonly Param[] = Object.values(step.params)
    const guards = params.flatMap(({ guardedBy = [] }) => guardedBy)
    expect(guards.filter((guard) => step.params[guard] === undefined)).toEqual([])
  },
)
