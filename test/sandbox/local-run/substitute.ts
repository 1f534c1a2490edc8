/** Values of Tekton's variables by their name inside `$(…)`, such as `params.image` or `workspaces.source.path`. */
export type Values = {
  readonly texts: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, readonly string[]>
}

/**
 * What Tekton replaces, in its order: first params, then contexts, then paths of results and workspaces. A later pass finds the variables in
 * what an earlier one has put in: `$(context.taskRun.name)` inside a param's value is replaced, `$(params.other)` is not.
 */
export type Variables = readonly Values[]

/** Values without lists. */
export function textValues(entries: Iterable<readonly [string, string]>): Values {
  return { texts: new Map(entries), lists: new Map() }
}

/** Replaces what Tekton replaces, as plain text; what it does not know stays literal, as there. */
export function substitute(text: string, variables: Variables): string {
  return variables.reduce((before, { texts }) => {
    return before.replace(/\$\(([^()]+)\)/g, (whole, name: string) => texts.get(name) ?? whole)
  }, text)
}

/** Arguments, or values of a `when`: one that is exactly `$(params.list[*])` becomes the list's entries, none for an empty list. */
export function substituteList(texts: readonly string[], variables: Variables): readonly string[] {
  return variables.reduce<readonly string[]>((before, values) => {
    return before.flatMap((text) => {
      const list = /^\$\(([^()]+?)(?:\[\*\])?\)$/.exec(text)?.[1]
      const entries = list === undefined ? undefined : values.lists.get(list)
      return entries ?? [substitute(text, [values])]
    })
  }, texts)
}

/**
 * What Kubernetes does with a container's env values and arguments after Tekton: `$(NAME)` of an earlier variable expands, `$$` becomes
 * `$`. Source: Kubernetes "Define Dependent Environment Variables".
 */
export function expandEnv(text: string, earlier: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, form: string, name: string | undefined) => {
    if (form === '$') return '$'
    return earlier.get(name ?? '') ?? whole
  })
}
