/** Values of Tekton's variables by their name inside `$(…)`, such as `params.image` or `workspaces.source.path`. */
export type Variables = {
  readonly texts: ReadonlyMap<string, string>
  readonly lists: ReadonlyMap<string, readonly string[]>
}

/** Replaces what Tekton replaces, as plain text, once; what it does not know stays literal, as there. */
export function substitute(text: string, variables: Variables): string {
  return text.replace(/\$\(([^()]+)\)/g, (whole, name: string) => variables.texts.get(name) ?? whole)
}

/** Arguments: one that is exactly `$(params.list[*])` becomes the list's entries, none for an empty list. */
export function substituteArgs(args: readonly string[], variables: Variables): string[] {
  return args.flatMap((arg) => {
    const list = /^\$\(([^()]+)\[\*\]\)$/.exec(arg)?.[1]
    const entries = list === undefined ? undefined : variables.lists.get(list)
    return entries ?? [substitute(arg, variables)]
  })
}

/**
 * What Kubernetes does with a container's env value after Tekton: `$(NAME)` of an earlier variable expands, `$$` becomes `$`.
 * Source: Kubernetes "Define Dependent Environment Variables".
 */
export function expandEnv(text: string, earlier: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([\w.-]+)\))/g, (whole, form: string, name: string | undefined) => {
    if (form === '$') return '$'
    return earlier.get(name ?? '') ?? whole
  })
}
