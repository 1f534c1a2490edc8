import { objectsOf } from '../../contract/examples.ts'
import { isStepAction } from '../../../steps/lib/step/define-step.ts'
import { allSteps, published, readTask, taskNames } from '../../contract/repository.ts'

/** An object as the API server takes it. */
export type KubernetesObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name?: string; readonly generateName?: string; readonly namespace?: string } & Readonly<
    Record<string, unknown>
  >
  readonly [field: string]: unknown
}

/** The step image as Tasks and StepActions name it. */
export function taskImage(): string {
  return published().image
}

/** All Tasks of the repository as their files say. */
export function allTasks(): readonly KubernetesObject[] {
  return taskNames().map((name) => readTask(name) as unknown as KubernetesObject)
}

/** All StepActions of the repository as their generated files say. */
export function allStepActions(): readonly KubernetesObject[] {
  const names = [...allSteps].filter(([, step]) => isStepAction(step)).map(([name]) => name)
  return names.flatMap((name) => objectsOf(`steps/${name}/${name}.yaml`) as readonly KubernetesObject[])
}

/** The object with another step image in the place of the published one. */
export function withStepImage<T>(object: T, image: string): T {
  const changed: T = JSON.parse(JSON.stringify(object).replaceAll(JSON.stringify(taskImage()), JSON.stringify(image)))
  return changed
}
