import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Task, TaskParam, TaskStep } from '../../steps/lib/catalog/task.ts'
import { root } from '../contract/repository.ts'

type StepAction = {
  readonly metadata: { readonly name: string }
  readonly spec: Omit<TaskStep, 'name'> & {
    readonly params: readonly TaskParam[]
    readonly results: readonly { readonly name: string }[]
  }
}

/** Names of the volumes of {@link taskAround}, as the StepAction's params give them. */
export const volumeParams = { 'token-volume': 'entra-token', 'hand-over-volume': 'hand-over' } as const

/** A Task of one step, the StepAction as its generated YAML says: its params are the Task's, its volumes those that an author would declare. */
export function taskAround(name: string): Task {
  const { metadata, spec } = parse(readFileSync(`${root}/steps/${name}/${name}.yaml`, 'utf8')) as StepAction
  const { params, ...step } = spec
  return {
    apiVersion: 'tekton.dev/v1',
    kind: 'Task',
    metadata,
    spec: {
      params,
      results: step.results.map((result) => ({ name: result.name, value: `$(steps.run.results.${result.name})` })),
      volumes: [
        {
          name: 'entra-token',
          projected: {
            sources: [
              { serviceAccountToken: { audience: '$(params.token-audience)', expirationSeconds: 3600, path: 'token' } },
              { serviceAccountToken: { audience: awsAudience(params), expirationSeconds: 3600, path: 'aws-token' } },
            ],
          },
        },
        { name: 'hand-over', emptyDir: { medium: 'Memory' } },
      ],
      steps: [{ ...withoutDescription(step), name: 'run' }],
    },
  }
}

/** `write-azure-environment` has no such param: of it the file is for its sink alone. */
function awsAudience(params: readonly TaskParam[]): string {
  const isParam = params.some((param) => param.name === 'aws-token-audience')
  return isParam ? '$(params.aws-token-audience)' : 'sts.amazonaws.com'
}

function withoutDescription<T extends object>(step: T): T {
  return Object.fromEntries(Object.entries(step).filter(([field]) => field !== 'description')) as T
}
