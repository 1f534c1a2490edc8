import type { TaskParam } from './task.ts'

/** Every `$(params.x)` in what is written is declared, and every param is used. */
export function checkParamReferences(written: unknown, params: readonly TaskParam[]): string[] {
  const references = [...JSON.stringify(written).matchAll(/\$\(params\.([\w.-]+?)(\[[^\]]*\])?\)/g)]
  const used = new Set(references.map(([, name]) => name ?? ''))
  const declared = new Map(params.map((param) => [param.name, param]))
  const whole = new Set(references.filter(([, , index]) => index === undefined).map(([, name]) => name ?? ''))
  return [
    ...[...used]
      .filter((name) => !declared.has(name))
      .map((name) => `$(params.${name}) is used but not declared: it would stay literal`),
    ...[...declared.keys()]
      .filter((name) => !used.has(name))
      .map((name) => `param "${name}" is declared but nothing uses it`),
    ...[...whole]
      .filter((name) => declared.get(name)?.type === 'array')
      .map((name) => `$(params.${name}) is a list: $(params.${name}[*]) is all of it`),
  ]
}

/** Every `$(workspaces.x…)` in what is written is declared. */
export function checkWorkspaceReferences(written: unknown, workspaces: readonly { readonly name: string }[]): string[] {
  const declared = new Set(workspaces.map(({ name }) => name))
  return [...JSON.stringify(written).matchAll(/\$\(workspaces\.([\w-]+)\./g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !declared.has(name))
    .map((name) => `$(workspaces.${name}…) is used but not declared`)
}
