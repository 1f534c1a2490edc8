/** A variable as it is written: `$(params.x[*])` is the family `params` with the rest `.x[*]`. */
export type Variable = { readonly text: string; readonly family: string; readonly rest: string }

/** Everything of the form `$(word.…)` or `$(word[…)`. A `$$` before the parenthesis is how Kubernetes writes a dollar. */
export function variablesIn(text: string): readonly Variable[] {
  return [...text.matchAll(/(?<!\$)\$\(([A-Za-z][\w-]*)((?:\.|\[)[^()\s]*)\)/g)].map(
    ([whole, family = '', rest = '']) => ({
      text: whole,
      family,
      rest,
    }),
  )
}

/** Names that a param may have which `$(params…)` refers to: dots may be of its name, or part it from a key of an object. */
export function namesOfParam({ rest }: Variable): readonly string[] {
  const quoted = /^\[(["'])(.+?)\1\]/.exec(rest)?.[2]
  if (quoted !== undefined) return [quoted]
  const dotted = rest.slice(1).replace(/\[[^\]]*\]$/, '')
  const parts = dotted.split('.')
  return parts.map((_, at) => parts.slice(0, parts.length - at).join('.'))
}

/** Task or step, and result, of `$(tasks.x.results.y)`; undefined for another form. */
export function resultIn({ rest }: Variable): { readonly of: string; readonly result: string } | undefined {
  const [, of, dotted, , quoted] = /^\.([\w-]+)\.results(?:\.([\w-]+)|\[(["'])(.+?)\3\])/.exec(rest) ?? []
  const result = dotted ?? quoted
  return of === undefined || result === undefined ? undefined : { of, result }
}

/** Families that Tekton and Triggers know, in whatever place (Tekton's docs/variables.md). */
export const families = [
  'params',
  'tasks',
  'finally',
  'context',
  'workspaces',
  'results',
  'steps',
  'step',
  'credentials',
  'artifacts',
  'inputs',
  'outputs',
  'resources',
  'tt',
] as const

/** Whether some of a text is filled in by Tekton, Pipelines as Code, Helm or a shell before the step sees it. */
export function isFilledInLater(text: string): boolean {
  return text.includes('$(') || isTemplate(text)
}

/** Whether some of a text is filled in before Tekton sees it. */
export function isTemplate(text: string): boolean {
  return text.includes('{{') || text.includes('${')
}
