import { globSync, readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { Catalog } from '../../steps/lib/catalog/catalog.ts'
import type { Pipeline } from '../../steps/lib/catalog/pipeline.ts'
import type { Task } from '../../steps/lib/catalog/task.ts'
import { allSteps, readTask, root, taskNames } from './repository.ts'

/** One object of a YAML file that people copy. */
export type SampleObject = { readonly kind: string; readonly metadata: { readonly name?: string } }

/** All YAML files that people copy: examples, and samples of the Tasks; as paths from the root. */
export const sampleFiles: readonly string[] = globSync(['examples/**/*.yaml', 'tasks/*/samples/*.yaml'], {
  cwd: root,
}).toSorted()

/** The objects of one file. */
export function objectsOf(file: string): readonly SampleObject[] {
  return parseAllDocuments(readFileSync(`${root}/${file}`, 'utf8')).map((document) => document.toJS() as SampleObject)
}

/** The one object of this kind in a file of examples/. */
export function readExample<T extends { readonly kind: string }>(file: string, kind: T['kind']): T {
  const found = objectsOf(`examples/${file}`).filter((object) => object.kind === kind)
  if (found.length !== 1) throw new Error(`examples/${file} holds ${found.length} objects of the kind ${kind}`)
  return found[0] as unknown as T
}

/** What can be called here: the Tasks, what the examples add to them, and the StepActions. */
export function sampleCatalog(): Catalog {
  const objects = sampleFiles.flatMap(objectsOf)
  const own = <T>(kind: string) =>
    objects.filter((object) => object.kind === kind).map((object) => [object.metadata.name ?? '', object as T] as const)
  return {
    tasks: new Map([...taskNames().map((name) => [name, readTask(name)] as const), ...own<Task>('Task')]),
    pipelines: new Map(own<Pipeline>('Pipeline')),
    steps: allSteps,
  }
}
