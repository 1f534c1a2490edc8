import type { RunContext } from '../audit/record.ts'
import type { contextFields } from './define-step.ts'

/** What the downward API told this step about its pod and its runs; `''` where there is none. */
export function readRunContext(env: Readonly<Record<string, string | undefined>>): RunContext {
  const field = (name: keyof typeof contextFields) => env[name] ?? ''
  return {
    podName: field('POD_NAME'),
    podNamespace: field('POD_NAMESPACE'),
    podUid: field('POD_UID'),
    taskRun: field('TASKRUN_NAME'),
    taskRunUid: field('TASKRUN_UID'),
    pipelineRun: field('PIPELINERUN_NAME'),
    pipelineRunUid: field('PIPELINERUN_UID'),
    pipelineTask: field('PIPELINE_TASK'),
  }
}
