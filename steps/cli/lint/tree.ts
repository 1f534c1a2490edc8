import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node, type Pair } from 'yaml'
import type { Position } from './finding.ts'

/** A YAML value with its place; aliases and merge keys are followed. */
export type Tree = TreeMap | TreeList | TreeScalar
export type TreeMap = {
  readonly kind: 'map'
  readonly at: Position
  readonly entries: ReadonlyMap<string, { readonly at: Position; readonly value: Tree }>
}
export type TreeList = { readonly kind: 'list'; readonly at: Position; readonly items: readonly Tree[] }
export type TreeScalar = {
  readonly kind: 'scalar'
  readonly at: Position
  readonly text: string
  /** As what Kubernetes reads it, which takes YAML 1.1. */
  readonly type: 'string' | 'number' | 'boolean' | 'null'
}

/** Aliases of aliases can make a small file large; a circle of them, endless. */
const most = { nodes: 200_000, depth: 100 }

type Builder = { readonly document: Document; readonly file: string; readonly lines: LineCounter; nodes: number }

/** Makes the tree of a document. Throws RangeError when its aliases make it too large. */
export function treeOf(document: Document, file: string, lines: LineCounter): Tree {
  return build({ document, file, lines, nodes: 0 }, document.contents, 0)
}

function build(builder: Builder, node: unknown, depth: number): Tree {
  builder.nodes += 1
  if (builder.nodes > most.nodes || depth > most.depth)
    throw new RangeError('aliases make it too large, or go in a circle')
  if (isAlias(node)) return build(builder, node.resolve(builder.document), depth + 1)
  const at = positionOf(builder, node)
  if (isMap(node)) {
    // A key of the map's own stands, wherever the merge key is.
    const items = node.items.toSorted((left, right) => Number(isMerge(right)) - Number(isMerge(left)))
    return { kind: 'map', at, entries: new Map(items.flatMap((pair) => entriesOf(builder, pair, depth))) }
  }
  if (isSeq(node)) return { kind: 'list', at, items: node.items.map((item) => build(builder, item, depth + 1)) }
  if (!isScalar(node)) return { kind: 'scalar', at, text: '', type: 'null' }
  const text = node.source ?? ''
  const isTagged = node.tag === 'tag:yaml.org,2002:str' || node.tag === '!'
  return { kind: 'scalar', at, text, type: node.type === 'PLAIN' && !isTagged ? typeOf(text) : 'string' }
}

type Entry = readonly [string, { readonly at: Position; readonly value: Tree }]

function isMerge({ key }: Pair): boolean {
  return isScalar(key) && key.value === '<<'
}

function entriesOf(builder: Builder, pair: Pair, depth: number): readonly Entry[] {
  const { key, value } = pair
  const name = isScalar(key) ? String(key.value) : ''
  const built = build(builder, value, depth + 1)
  if (!isMerge(pair)) return [[name, { at: positionOf(builder, key), value: built }]]
  const merged = built.kind === 'list' ? built.items : [built]
  return merged.flatMap((one) => (one.kind === 'map' ? [...one.entries] : []))
}

function positionOf({ file, lines }: Builder, node: unknown): Position {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const offset = (node as Node | null)?.range?.[0] ?? 0
  const { line, col } = lines.linePos(offset)
  return { file, line: Math.max(1, line), column: Math.max(1, col) }
}

// What sigs.k8s.io/yaml (go-yaml v2, resolve.go) takes a plain scalar for. It reads no base 60, and leaves a date a string.
const booleans = /^(y|Y|yes|Yes|YES|n|N|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/
const nulls = /^(|~|null|Null|NULL)$/
const numbers =
  /^([-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-fA-F_]+|\d[\d_]*(\.[\d_]*)?([eE][-+]?\d+)?|\.\d[\d_]*([eE][-+]?\d+)?|\.(inf|Inf|INF))|\.(nan|NaN|NAN))$/

function typeOf(text: string): TreeScalar['type'] {
  if (nulls.test(text)) return 'null'
  if (booleans.test(text)) return 'boolean'
  return numbers.test(text) ? 'number' : 'string'
}

/** What stands under these keys, one below the other. */
export function fieldOf(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  return keys.reduce<Tree | undefined>((at, key) => (at?.kind === 'map' ? at.entries.get(key)?.value : undefined), tree)
}

/** Where a key stands; where its map does, when there is no such key. */
export function placeOf(tree: Tree, key: string): Position {
  return (tree.kind === 'map' ? tree.entries.get(key)?.at : undefined) ?? tree.at
}

/** The text under these keys; undefined when there is none. */
export function textOf(tree: Tree | undefined, ...keys: readonly string[]): string | undefined {
  const found = fieldOf(tree, ...keys)
  return found?.kind === 'scalar' && found.type !== 'null' ? found.text : undefined
}

/** The entries of the list under these keys; none when there is no list. */
export function itemsOf(tree: Tree | undefined, ...keys: readonly string[]): readonly Tree[] {
  const found = fieldOf(tree, ...keys)
  return found?.kind === 'list' ? found.items : []
}

/** All scalars of a tree, but for what stands under the keys that are left out. */
export function scalarsOf(tree: Tree | undefined, without: readonly string[] = []): readonly TreeScalar[] {
  if (tree === undefined) return []
  if (tree.kind === 'scalar') return [tree]
  if (tree.kind === 'list') return tree.items.flatMap((item) => scalarsOf(item, without))
  return [...tree.entries].flatMap(([key, { value }]) => (without.includes(key) ? [] : scalarsOf(value, without)))
}
