import type { Reporter, SerializedError, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'

/** What a run came to. A file or hook that failed outside of any test counts as one failed. */
export type Count = { readonly passed: number; readonly failed: readonly Told[]; readonly skipped: readonly Told[] }

/** A test, or a place outside of any, and why it failed or was skipped. */
type Told = { readonly test: string; readonly reason: string | undefined }

/**
 * Where tests may be skipped, as beginnings of `<file> > <name>`, by the name that `TEKTON_ENTRA_NO_SKIPS` gives. A release of Tekton is in no
 * package registry: what needs one is skipped where none is at hand.
 */
const allowLists: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  'without-tekton': ['test/cluster/suite/tekton/', 'test/cluster/tekton.test.ts'],
}

/**
 * Names every skipped and every failed test at the end of a run, and says on its last line what the run came to. With `TEKTON_ENTRA_NO_SKIPS` the run fails
 * when a test was skipped that its list does not allow: a tool that went missing must not look like a success.
 */
export function countingReporter(listName = process.env['TEKTON_ENTRA_NO_SKIPS'] ?? ''): Reporter {
  const allowed = allowList(listName)
  let vitest: Vitest | undefined
  return {
    onInit: (started) => {
      vitest = started
    },
    onTestRunEnd: (modules, unhandled) => {
      const isFiltered = vitest?.config.testNamePattern !== undefined
      const count = countTests(modules, { unhandled, isFiltered })
      const isAllowed = ({ test }: Told): boolean => allowed?.some((beginning) => test.startsWith(beginning)) ?? true
      const refused = count.skipped.filter((skip) => !isAllowed(skip))
      const isEmpty = isFiltered && count.passed + count.failed.length === 0
      if (refused.length > 0 || isEmpty) process.exitCode = 1
      const print = (): void => {
        const lines = linesOf(count, refused.length === 0 ? undefined : listName)
        process.stdout.write(`${[...(isEmpty ? [noneNamedSo] : []), ...lines].join('\n')}\n`)
      }
      // At the end of the process, so that nothing of the runner's own comes after it.
      if (vitest?.config.watch === true) print()
      else process.once('exit', print)
    },
  }
}

/** A misspelt name must not look like a success. */
const noneNamedSo = 'failed   no test has such a name'

function allowList(name: string): readonly string[] | undefined {
  if (name === '') return undefined
  const list = allowLists[name]
  if (list === undefined) {
    throw new Error(`TEKTON_ENTRA_NO_SKIPS is ${name}, not one of: ${Object.keys(allowLists).join(', ')}`)
  }
  return list
}

function countTests(
  modules: readonly TestModule[],
  run: { unhandled: readonly SerializedError[]; isFiltered: boolean },
): Count {
  const tests = modules.flatMap((module) => [...module.children.allTests()])
  const groups = modules.flatMap((module) => [module, ...module.children.allSuites()])
  const inState = (state: string) => tests.filter((test) => test.result().state === state)
  const failedGroups = groups.filter((group) => group.errors().length > 0)
  const skipped = inState('skipped').map(describeSkip)
  return {
    passed: inState('passed').length,
    // What is still pending at the end was cut off.
    failed: [
      ...inState('failed').map(describeFailure),
      ...inState('pending').map((test) => ({ test: nameOf(test), reason: 'it did not end' })),
      ...failedGroups.map((group) => ({ test: nameOf(group), reason: firstLine(group.errors()) })),
      ...run.unhandled.map((error) => ({ test: 'outside of a test', reason: firstLine([error]) })),
    ],
    // A name filter skips the rest without a reason: nobody asked for those.
    skipped: run.isFiltered ? skipped.filter(({ reason }) => reason !== undefined) : skipped,
  }
}

function describeSkip(test: TestCase): Told {
  const result = test.result()
  return { test: nameOf(test), reason: result.state === 'skipped' ? result.note : undefined }
}

function describeFailure(test: TestCase): Told {
  return { test: nameOf(test), reason: firstLine(test.result().errors ?? []) }
}

function nameOf(place: TestCase | TestSuite | TestModule): string {
  return place.type === 'module' ? place.relativeModuleId : `${place.module.relativeModuleId} > ${place.fullName}`
}

/** A CI keeps the end of a long output only: what failed is told there too, on one line. */
function firstLine(errors: readonly { readonly message: string }[]): string | undefined {
  return errors[0]?.message.split('\n', 1)[0]
}

function linesOf({ passed, failed, skipped }: Count, refusedBy: string | undefined): readonly string[] {
  const refusal =
    refusedBy === undefined ? [] : [`failed   a skipped test is not in the list ${refusedBy} of test/reporter.ts`]
  return [
    ...skipped.map((told) => `skipped  ${lineOf(told)}`),
    ...failed.map((told) => `failed   ${lineOf(told)}`),
    ...refusal,
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ]
}

function lineOf({ test, reason }: Told): string {
  return reason === undefined ? test : `${test}: ${reason}`
}
