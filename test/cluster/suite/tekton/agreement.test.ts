import { beforeEach, describe, expect, test } from 'vitest'
import type { AgreementCase, Outcome } from '../../agreement/agreement-case.ts'
import { cases } from '../../agreement/cases.ts'
import { outcomeOf, refusedAtCreation, taskRunOf } from '../../agreement/tekton-outcome.ts'
import { waitForField } from '../ended.ts'
import { getTaskRun, logsOf } from '../runs.ts'
import { kubectl, skipWithoutTekton, stage } from '../stage.ts'

// What the local run makes of the same Tasks is asserted against the same table in test/sandbox/local-run/agreement.test.ts.
beforeEach(skipWithoutTekton)

describe.concurrent('Tekton does with a small Task what the local run does', () => {
  test.each(cases.map((one, index) => [one.name, one, index] as const))('%s', async (_, one, index) => {
    const namespace = stage().namespaces.ci
    const name = `agreement-case-${index}`
    const { objects, taskRun } = taskRunOf(one, { namespace, name })
    expect(await outcome(one, [...objects, taskRun].map(withImage), { namespace, name })).toEqual(one.expected)
  })
})

/** Tekton gives a run whose containers cannot be made a verdict, and no time of its end. */
function endOf({ expected }: AgreementCase): string {
  const isStuck = 'reason' in expected && expected.reason === 'CreateContainerConfigError'
  return isStuck ? '{.status.conditions[?(@.type=="Succeeded")].status}=False' : '{.status.completionTime}'
}

type Run = { readonly namespace: string; readonly name: string }

async function outcome(one: AgreementCase, objects: readonly object[], run: Run): Promise<Outcome> {
  for (const object of objects) {
    const { status, stderr } = await kubectl().try(['create', '-f', '-'], JSON.stringify(object))
    if (status !== 0 && stderr.includes('denied the request')) return refusedAtCreation
    if (status !== 0) throw new Error(stderr)
  }
  await waitForField(kubectl(), { namespace: run.namespace, object: `taskrun/${run.name}`, path: endOf(one) })
  const taskRun = await getTaskRun(run.name, run.namespace)
  return outcomeOf(taskRun, await logsOf(run.namespace, taskRun.status?.podName ?? ''))
}

function withImage(object: object): object {
  const text = JSON.stringify(object).replaceAll('"tekton-entra.test/suite:1"', JSON.stringify(stage().images.suite))
  return JSON.parse(text) as object
}
