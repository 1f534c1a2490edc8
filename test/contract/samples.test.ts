import { expect, test } from 'vitest'
import { checkRun, type TaskRun } from '../../steps/lib/catalog/check-run.ts'
import { objectsOf, sampleCatalog, sampleFiles } from './examples.ts'
import { goodRun, spoiltRuns } from './spoilt-runs.ts'
import { spoiltCopy } from './spoilt.ts'

const catalog = sampleCatalog()

function runsOf(file: string): TaskRun[] {
  return objectsOf(file).flatMap((object) => (object.kind === 'TaskRun' ? [object as unknown as TaskRun] : []))
}

test.each(sampleFiles.filter((file) => runsOf(file).length > 0))(
  '%s calls its Task as that declares itself',
  (file) => {
    for (const run of runsOf(file)) expect(checkRun(run, catalog)).toEqual([])
  },
)

test.each(spoiltRuns)('a TaskRun with $what is caught', ({ spoil, fault }) => {
  expect(checkRun(goodRun, catalog)).toEqual([])
  expect(checkRun(spoiltCopy(goodRun, spoil), catalog).join('\n')).toMatch(fault)
})
