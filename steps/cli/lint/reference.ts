import { suggestion } from '../../../test/sandbox/nearest-name.ts'
import { finding, shown, type Finding } from './finding.ts'
import type { Interface, Interfaces } from './interface.ts'
import { fieldOf, itemsOf, textOf, type Tree } from './tree.ts'
import { isFilledInLater } from './variables.ts'

/** Names of objects in the linted files that are not ours: a reference by such a name means them. */
export type Strangers = { readonly Task: ReadonlySet<string>; readonly StepAction: ReadonlySet<string> }

export type Known = { readonly interfaces: Interfaces; readonly strangers: Strangers }

/** What a reference names of ours: an object, nothing at all, or one that there is not. */
export type Followed = { readonly called?: Interface; readonly findings: readonly Finding[] }

type Kind = keyof Interfaces
/** Certain: it asks this project. By name: it is ours if there is one of that name. */
type Named = { readonly name: string; readonly at: Tree; readonly isCertain: boolean }

/** How this project is called in registries, catalogs and repositories. */
const project = 'tekton-entra'

const nothing: Followed = { findings: [] }

/** Follows `taskRef`, or the `ref` of a step, to an object of ours. */
export function follow(
  reference: Tree | undefined,
  kind: Kind,
  where: string,
  { interfaces, strangers }: Known,
): Followed {
  const named = reference === undefined ? undefined : nameIn(reference, kind)
  if (named === undefined) return nothing
  const { name, at, isCertain } = named
  const called = interfaces[kind].get(name)
  if (called !== undefined && (isCertain || !strangers[kind].has(name))) return { called, findings: [] }
  if (!isCertain || called !== undefined || isFilledInLater(name)) return nothing
  const known = [...interfaces[kind].keys()]
  const expected = `a ${kind} of ${project}; ${suggestion(name, known)}`
  return { findings: [finding('unknown-object', at.at, { where, got: shown(name), expected })] }
}

function nameIn(reference: Tree, kind: Kind): Named | undefined {
  const resolver = textOf(reference, 'resolver')
  const name = fieldOf(reference, 'name')
  if (resolver === undefined) {
    // A custom task is named the same way, with an API of its own.
    const isOther = (textOf(reference, 'kind') ?? kind) !== kind || !isTekton(textOf(reference, 'apiVersion'))
    return name?.kind !== 'scalar' || isOther ? undefined : { name: name.text, at: name, isCertain: false }
  }
  const params = new Map(itemsOf(reference, 'params').map((param) => [textOf(param, 'name'), fieldOf(param, 'value')]))
  const resolve = Object.hasOwn(resolvers, resolver) ? resolvers[resolver] : undefined
  return resolve?.((param) => params.get(param), kind)
}

function isTekton(apiVersion: string | undefined): boolean {
  return apiVersion === undefined || apiVersion.startsWith('tekton.dev/')
}

type Resolve = (param: (name: string) => Tree | undefined, kind: Kind) => Named | undefined

/** Where our objects come from, by the resolver's own params (Tekton's docs, *-resolver.md). */
const resolvers: Readonly<Record<string, Resolve>> = {
  bundles: (param, kind) => namedIn(param('name'), param('kind'), { kind, isOurs: has(param('bundle'), project) }),
  hub: (param, kind) => namedIn(param('name'), param('kind'), { kind, isOurs: has(param('catalog'), project) }),
  cluster: (param, kind) => {
    const found = namedIn(param('name'), param('kind'), { kind, isOurs: true })
    return found === undefined ? undefined : { ...found, isCertain: false }
  },
  git: (param, kind) => inRepository(param('pathInRepo'), kind, [param('url'), param('repo')]),
  http: (param, kind) => inRepository(param('url'), kind, [param('url')]),
}

function namedIn(
  name: Tree | undefined,
  given: Tree | undefined,
  { kind, isOurs }: { kind: Kind; isOurs: boolean },
): Named | undefined {
  if (!isOurs || name?.kind !== 'scalar') return undefined
  const isKind = (textOf(given) ?? kind).toLowerCase() === kind.toLowerCase()
  return isKind ? { name: name.text, at: name, isCertain: true } : undefined
}

/** Files of our repository are `tasks/x/x.yaml` and `steps/x/x.yaml`. */
function inRepository(path: Tree | undefined, kind: Kind, origins: readonly (Tree | undefined)[]): Named | undefined {
  if (path?.kind !== 'scalar' || !origins.some((origin) => has(origin, project))) return undefined
  const folder = kind === 'Task' ? 'tasks' : 'steps'
  const [, name] = new RegExp(`(?:^|/)${folder}/([^/]+)/[^/]+\\.ya?ml$`).exec(path.text) ?? []
  return name === undefined ? undefined : { name, at: path, isCertain: true }
}

function has(tree: Tree | undefined, text: string): boolean {
  return tree?.kind === 'scalar' && tree.text.includes(text)
}
