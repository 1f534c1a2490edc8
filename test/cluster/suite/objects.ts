import { readdirSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import { allSteps, published, readTask, root, taskNames } from '../../contract/repository.ts'

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

/** All objects of a YAML file of the repository. */
export function objectsOf(file: string): readonly KubernetesObject[] {
  return parseAllDocuments(readFileSync(`${root}/${file}`, 'utf8'))
    .map((document) => document.toJS() as KubernetesObject | null)
    .filter((object) => object !== null)
}

/** Every YAML file below a folder of the repository that holds objects, by its path. */
export function objectFiles(folder: string): readonly string[] {
  return readdirSync(`${root}/${folder}`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => `${folder}/${file}`)
    .toSorted()
}

/** All Tasks of the repository as their files say. */
export function allTasks(): readonly KubernetesObject[] {
  return taskNames().map((name) => readTask(name) as unknown as KubernetesObject)
}

/** All StepActions of the repository as their generated files say. */
export function allStepActions(): readonly KubernetesObject[] {
  return [...allSteps.keys()].flatMap((name) => objectsOf(`steps/${name}/${name}.yaml`))
}

/** The object with another step image in the place of the published one. */
export function withStepImage<T>(object: T, image: string): T {
  const changed: T = JSON.parse(JSON.stringify(object).replaceAll(JSON.stringify(taskImage()), JSON.stringify(image)))
  return changed
}
