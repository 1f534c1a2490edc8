import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundleCli } from '../../images/steps/bundle-cli.ts'
import { isStepAction } from '../../steps/lib/step/define-step.ts'
import { ourSteps } from '../../steps/cli/lint/our-steps.ts'
import { rules } from '../../steps/cli/lint/rules.ts'
import { sampleFiles } from '../contract/examples.ts'
import { allSteps, root, taskNames } from '../contract/repository.ts'
import { call, jsonOf, type Called } from './command-line.ts'
import type { LintCase } from './lint-case.ts'
import { nameCases } from './lint-name-cases.ts'
import { placeCases } from './lint-place-cases.ts'
import { valueCases } from './lint-value-cases.ts'
import { bundled, ownTask, pipeline, taskRun } from './lint-documents.ts'

type Found = { readonly rule: string; readonly line: number; readonly column: number; readonly [more: string]: unknown }
type Linted = { readonly files: number; readonly objects: number; readonly calls: number; readonly findings: Found[] }

/** Each rule at least once. */
const lintCases = [...nameCases, ...valueCases, ...placeCases]

let scratch: string
let bin: string
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tekton-entra-lint-'))
  bin = await bundleCli(join(scratch, 'package'))
})
afterAll(async () => await rm(scratch, { recursive: true, force: true }))

async function lintText(input: string): Promise<{ called: Called; linted: Linted }> {
  const called = await call(['lint', '-', '--output', 'json'], { bin, cwd: scratch, input })
  return { called, linted: jsonOf(called) as Linted }
}

/** The document with its one change; a change that changes nothing is a fault of the test. */
function spoilt({ good, from, to }: LintCase): string {
  expect(good.split(from).length).toBeGreaterThan(1)
  return good.replace(from, () => to)
}

function placeOf(text: string, at: string): { line: number; column: number } {
  const offset = text.indexOf(at)
  expect(offset).toBeGreaterThanOrEqual(0)
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

describe('nothing is found in', () => {
  test.each([
    ['a Pipeline', pipeline, 1],
    ['a Pipeline that asks the bundle', bundled, 1],
    ['a TaskRun', taskRun, 1],
    ['a Task with two StepActions', ownTask, 2],
  ])('%s that is right', async (_, text, calls) => {
    const { called, linted } = await lintText(text)
    expect(linted).toEqual({ files: 1, objects: 1, calls, findings: [] })
    expect(called.code).toBe(0)
  })
})

describe('each rule', () => {
  test.each(lintCases.map((one) => [one.rule, one.what, one] as const))('%s: %s', async (rule, _, one) => {
    const text = spoilt(one)
    const { called, linted } = await lintText(text)
    expect(linted.findings).toEqual([
      {
        rule,
        severity: rules[rule].severity,
        file: '<stdin>',
        ...placeOf(text, one.at ?? one.to),
        where: expect.any(String) as unknown,
        got: expect.stringContaining(one.got) as unknown,
        expected: expect.stringContaining(one.expected) as unknown,
        mend: rules[rule].mend,
      },
    ])
    expect(called.code).toBe(1)
  })

  test('is broken by a case here, or by a secret', () => {
    expect(new Set([...lintCases.map(({ rule }) => rule), 'secret-in-param'])).toEqual(new Set(Object.keys(rules)))
  })
})

test('our own examples, samples, Tasks and StepActions have no finding', async () => {
  const called = await call(['lint', 'examples', 'tasks', 'steps', '--output', 'json'], { bin, cwd: root })
  const linted = jsonOf(called) as Linted
  expect(linted.findings).toEqual([])
  expect(called.code).toBe(0)
  // All that people copy is looked at, and calls are found there: a linter that sees nothing finds nothing.
  expect(linted.files).toBeGreaterThan(sampleFiles.length / 2)
  const stepActions = [...allSteps.values()].filter(isStepAction)
  expect(linted.calls).toBeGreaterThanOrEqual(taskNames().length + stepActions.length)
})

test('the linter knows every step that there is', () => {
  expect(ourSteps).toBe(allSteps)
})
