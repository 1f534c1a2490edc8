import type { TaskStep } from '../../../steps/lib/catalog/task.ts'
import { admissionFaults } from './admission.ts'
import { makeContainer, withVariables, type Surroundings } from './container.ts'
import { RefusedRun } from './refusal.ts'
import { taskRunResults, type Heard } from './results.ts'
import { runStep, skippedStep, type ReadyStep, type StepEnd, type StepExit } from './run-step.ts'
import type { LocalTaskResult, LocalTaskRun } from './run-task.ts'
import { makeSidecar, startSidecars } from './sidecars.ts'
import { expandEnv, substitute } from './substitute.ts'
import { receivedEntries } from './termination-message.ts'
import { variablesFor, variablesOf } from './variables.ts'
import { mountVolumes } from './volumes.ts'

/** Runs the pod that Tekton would make of the run: sidecars, steps, results. */
export async function runPod(run: LocalTaskRun, scratch: string): Promise<LocalTaskResult> {
  const { task } = run
  const variables = variablesOf(run, scratch)
  const withoutResults = variablesFor({ name: '' }, variables, scratch)
  const volumes = await mountVolumes(task, {
    scratch,
    substitute: (text) => substitute(text, withoutResults),
    mintToken: run.mintToken,
    configMaps: run.configMaps ?? {},
    folders: run.volumeFolders ?? {},
  })
  const replaced = task.spec.steps.map((spec) => withVariables(spec, variablesFor(spec, variables, scratch)))
  // Tekton looks at the steps once more: what a value has brought in must be a variable that there is.
  const faults = admissionFaults({ ...task, spec: { ...task.spec, steps: replaced } })
  if (faults.length > 0) throw new RefusedRun('PodCreationFailed', faults)
  const specs = replaced.map((spec) => readyStep(spec, { run, volumes }))
  const sidecars = await startSidecars(
    (task.spec.sidecars ?? []).map((spec) => makeSidecar(withVariables(spec, withoutResults), { run, volumes })),
    { run, scratch },
  )
  const { steps, heard } = await runSteps(specs, { run, scratch, stopSidecars: sidecars.stop }).catch(
    async (error: unknown) => {
      await sidecars.end()
      throw error
    },
  )
  const { results, misfits } = taskRunResults(task, heard)
  const succeeded = misfits.length === 0 && steps.every(({ failed }) => !failed)
  return {
    succeeded,
    steps,
    sidecars: await sidecars.end(),
    results: succeeded ? results : {},
    statusResults: results,
    leftFiles: await volumes.leftFiles(),
  }
}

/** A `when` travels as an argument of Tekton's entrypoint, so that Kubernetes expands it, too. */
function readyStep(spec: TaskStep, around: Surroundings): ReadyStep {
  const container = makeContainer(spec, around)
  const when = (spec.when ?? []).map(({ input, operator, values }) => {
    const expand = (text: string) => expandEnv(text, container.env)
    return { input: expand(input), operator, values: values.map(expand) }
  })
  return { spec: { ...spec, when }, container }
}

async function runSteps(
  specs: readonly ReadyStep[],
  place: Parameters<typeof runStep>[1],
): Promise<{ steps: StepExit[]; heard: Heard[] }> {
  const { task } = place.run
  // The pod's share of messages goes to steps, sidecars, and the container that brings the entrypoint.
  const containers = specs.length + (task.spec.sidecars ?? []).length + 1
  const steps: StepExit[] = []
  const heard: Heard[] = []
  let isStopped = false
  for (const ready of specs) {
    const { exit, message, stops }: StepEnd = isStopped ? skippedStep(ready.spec.name) : await runStep(ready, place)
    const entries = receivedEntries(message, containers)
    const exitCode = entries.find(({ key }) => key === 'ExitCode')?.value
    steps.push(exitCode === undefined ? exit : { ...exit, status: Number(exitCode) })
    heard.push({ step: ready.spec, entries })
    isStopped ||= stops
  }
  return { steps, heard }
}
