import type { StepDefinition } from '../step/define-step.ts'
import type { Pipeline } from './pipeline.ts'
import type { Reference, Task } from './task.ts'

/** What can be called, by name. */
export type Catalog = {
  readonly tasks: ReadonlyMap<string, Task>
  readonly pipelines: ReadonlyMap<string, Pipeline>
  readonly steps: ReadonlyMap<string, StepDefinition>
}

/** What a reference names, or why it names nothing. */
export type Found<T> = { readonly found: T } | { readonly fault: string }

const kinds = { Task: 'task', Pipeline: 'pipeline', StepAction: 'stepaction' } as const

/** Params that Tekton's bundles resolver is to be given; the others have a default of the cluster's. */
const bundleParams = ['bundle', 'name', 'kind'] as const

/** Follows a reference: by name, or through a bundle, in which the object has the same name as here. */
export function follow<T>(
  reference: Reference | undefined,
  kind: keyof typeof kinds,
  known: ReadonlyMap<string, T>,
): Found<T> {
  const named = nameIn(reference, kind)
  if ('fault' in named) return named
  const found = known.get(named.found)
  return found === undefined ? { fault: `calls "${named.found}", which is no ${kind} of this repository` } : { found }
}

function nameIn(reference: Reference | undefined, kind: keyof typeof kinds): Found<string> {
  if (reference?.resolver === undefined) return { found: reference?.name ?? '' }
  if (reference.resolver !== 'bundles')
    return { fault: `takes its ${kind} by the resolver "${reference.resolver}", which cannot be followed here` }
  const given = new Map((reference.params ?? []).map(({ name, value }) => [name, value]))
  const missing = bundleParams.filter((name) => (given.get(name) ?? '') === '')
  if (missing.length > 0) return { fault: `does not tell the bundles resolver ${missing.join(', ')}` }
  if (given.get('kind') !== kinds[kind])
    return { fault: `takes the kind "${String(given.get('kind'))}" from a bundle, expected "${kinds[kind]}"` }
  return { found: String(given.get('name')) }
}
