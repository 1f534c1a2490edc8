import { pipelineCallee } from './callee.ts'
import { follow, type Catalog, type Found } from './catalog.ts'
import { checkBound, checkGiven } from './check-given.ts'
import { checkPipeline } from './check-pipeline.ts'
import { allTasks, type PipelineRun, type PipelineSpec } from './pipeline.ts'

/** A PipelineRun is a call of a Pipeline, which it names or has written out. Empty when all is well. */
export function checkPipelineRun({ spec }: PipelineRun, catalog: Catalog): string[] {
  const called = calledPipeline(spec, catalog)
  if ('fault' in called) return [called.fault]
  const { name, spec: pipeline } = called.found
  const callee = pipelineCallee(name, pipeline, catalog)
  const tasks = new Set(allTasks(pipeline).map((task) => task.name))
  const strangers = (spec.taskRunSpecs ?? []).filter(({ pipelineTaskName = '' }) => !tasks.has(pipelineTaskName))
  return [
    ...(spec.pipelineSpec === undefined ? [] : checkPipeline(spec.pipelineSpec, catalog)),
    ...checkGiven(callee, spec.params ?? []),
    ...checkBound(callee, spec.workspaces ?? []),
    ...strangers.map(
      ({ pipelineTaskName }) => `has taskRunSpecs for "${pipelineTaskName}", which is no task of ${name}`,
    ),
  ]
}

function calledPipeline(
  { pipelineRef, pipelineSpec }: PipelineRun['spec'],
  { pipelines }: Catalog,
): Found<{ readonly name: string; readonly spec: PipelineSpec }> {
  if (pipelineSpec !== undefined) return { found: { name: 'its own pipelineSpec', spec: pipelineSpec } }
  const pipeline = follow(pipelineRef, 'Pipeline', pipelines)
  return 'fault' in pipeline ? pipeline : { found: { name: pipeline.found.metadata.name, spec: pipeline.found.spec } }
}
