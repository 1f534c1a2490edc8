import { beforeEach, expect, test } from 'vitest'
import { objectsOf, sampleFiles } from '../../../contract/examples.ts'
import { spoiltOwnTasks, goodOwnTask } from '../../../contract/spoilt-own-tasks.ts'
import {
  goodBundleRun,
  goodPipelineRun,
  spoiltBundleRuns,
  spoiltPipelineRuns,
} from '../../../contract/spoilt-pipeline-runs.ts'
import { goodFanOut, goodPipeline, spoiltFanOuts, spoiltPipelines } from '../../../contract/spoilt-pipelines.ts'
import { goodRun, spoiltRuns } from '../../../contract/spoilt-runs.ts'
import { spoiltTask, spoiltTasks } from '../../../contract/spoilt-tasks.ts'
import { spoiltCopy, type Spoilt } from '../../../contract/spoilt.ts'
import { tektonVersions } from '../../tekton-release.ts'
import { allStepActions, allTasks, type KubernetesObject } from '../objects.ts'
import { kubectl, skipWithoutTekton, stage } from '../stage.ts'

beforeEach(skipWithoutTekton)

/** Tekton's own words of refusal; undefined when it would take the object. Nothing is made. */
async function refusalOf(object: object): Promise<string | undefined> {
  const { metadata } = object as KubernetesObject
  const named =
    metadata?.name === undefined ? { generateName: metadata?.generateName ?? 'tried-' } : { name: metadata.name }
  const tried = {
    apiVersion: 'tekton.dev/v1',
    ...object,
    metadata: { ...metadata, ...named, namespace: stage().namespaces.other },
  }
  const { status, stderr } = await kubectl().try(['create', '--dry-run=server', '-f', '-'], JSON.stringify(tried))
  if (status === 0 || /already exists/.test(stderr)) return undefined
  if (!/admission webhook|invalid/i.test(stderr)) throw new Error(stderr)
  return stderr
}

test('accepts every Task and every StepAction', async () => {
  for (const object of [...allTasks(), ...allStepActions()])
    expect(await refusalOf(object), object.kind).toBeUndefined()
})

test.each(sampleFiles)('accepts %s', async (file) => {
  const objects = objectsOf(file) as readonly KubernetesObject[]
  const refusals = await Promise.all(objects.filter(({ kind }) => kind !== 'Namespace').map(refusalOf))
  expect(refusals.filter((refusal) => refusal !== undefined)).toEqual([])
})

type Row = { readonly what: string; readonly object: object }

function rowsOf<T extends object>(good: T, variants: readonly Spoilt<T>[]): readonly Row[] {
  return variants.map(({ what, spoil }) => ({ what, object: spoiltCopy(good, spoil) }))
}

/** Every spoilt variant that the contract tests catch. */
const spoilt: readonly (readonly [kind: string, rows: readonly Row[]])[] = [
  ['Task', spoiltTasks.map(({ what, spoil }) => ({ what, object: spoiltTask(spoil) }))],
  ['Task of a user, with our StepAction', rowsOf(goodOwnTask, spoiltOwnTasks)],
  ['TaskRun', rowsOf(goodRun, spoiltRuns)],
  ['Pipeline', rowsOf(goodPipeline, spoiltPipelines)],
  ['Pipeline with a matrix', rowsOf(goodFanOut, spoiltFanOuts)],
  ['PipelineRun', rowsOf(goodPipelineRun, spoiltPipelineRuns)],
  ['PipelineRun from a bundle', rowsOf(goodBundleRun, spoiltBundleRuns)],
]

test('says which spoilt variants Tekton refuses: the table is true, and the contract test catches them all', async (context) => {
  if (stage().tekton !== tektonVersions.newest) context.skip(`the table is that of Tekton ${tektonVersions.newest}`)
  const lines: string[] = []
  for (const [kind, rows] of spoilt) {
    for (const { what, object } of rows) {
      const refusal = await refusalOf(object)
      lines.push(`| ${kind} | ${what} | ${refusal === undefined ? 'takes it' : 'refuses it'} | caught |`)
    }
  }
  const head = [
    '# What Tekton refuses, and what only the contract test catches',
    '',
    `Written by \`npm run test:cluster -- --only admission --update\` on Tekton ${tektonVersions.newest}. Each object is one of ours with one thing spoilt`,
    '(`test/contract/spoilt-*.ts`); the contract test, and with it `npm run check`, refuses all of them.',
    '',
    '| object | spoilt by | Tekton | contract test |',
    '| --- | --- | --- | --- |',
  ]
  await expect(`${[...head, ...lines].join('\n')}\n`).toMatchFileSnapshot('../ADMISSION.md')
})
