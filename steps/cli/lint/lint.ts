import { LineCounter, parseAllDocuments, type Document } from 'yaml'
import { checkObject, objectsIn, type TektonObject } from './check-object.ts'
import { finding, shown, type Finding } from './finding.ts'
import type { Interfaces } from './interface.ts'
import type { SourceFile } from './read-files.ts'
import type { Strangers } from './reference.ts'
import { itemsOf, scalarsOf, fieldOf, textOf, treeOf } from './tree.ts'

/** What was looked at, and everything that is wrong with it. */
export type Linted = {
  readonly files: number
  readonly objects: number
  /** Places where something of ours is called. */
  readonly calls: number
  readonly findings: readonly Finding[]
}

/** Checks the files together: what one of them defines, the others may name. */
export function lint(files: readonly SourceFile[], interfaces: Interfaces): Linted {
  const read = files.map(parseFile)
  const objects = read.flatMap((file) => file.objects)
  const known = { interfaces, strangers: strangersIn(objects) }
  const checked = objects.map((object) => checkObject(object, known))
  const findings = [...read.flatMap((file) => file.findings), ...checked.flatMap((one) => one.findings)]
  return {
    files: files.length,
    objects: objects.length,
    calls: checked.reduce((sum, one) => sum + one.calls, 0),
    findings: inOrder(findings, files),
  }
}

type ParsedFile = { readonly objects: readonly TektonObject[]; readonly findings: readonly Finding[] }

function parseFile({ name, text }: SourceFile): ParsedFile {
  const lines = new LineCounter()
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: false,
    logLevel: 'error',
  })
  // An empty stream is a value of another form.
  const read = [...documents].map((document) => parseDocument(document, name, lines))
  return { objects: read.flatMap((one) => one.objects), findings: read.flatMap((one) => one.findings) }
}

function parseDocument(document: Document, file: string, lines: LineCounter): ParsedFile {
  const [error] = document.errors
  if (error !== undefined) return { objects: [], findings: [syntax(error.pos[0], error.message)] }
  try {
    return { objects: objectsIn(treeOf(document, file, lines)), findings: [] }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    return { objects: [], findings: [syntax(document.range?.[0] ?? 0, thrown.message)] }
  }

  function syntax(offset: number, reason: string): Finding {
    const { line, col } = lines.linePos(offset)
    const at = { file, line: Math.max(1, line), column: Math.max(1, col) }
    return finding('yaml-syntax', at, {
      where: 'document',
      got: shown(reason.split('\n')[0] ?? ''),
      expected: 'YAML',
    })
  }
}

/** Objects that go by the name of one of ours, and run something else. */
function strangersIn(objects: readonly TektonObject[]): Strangers {
  const of = (kind: string) =>
    new Set(
      objects
        .filter((object) => object.kind === kind && !runsOurProgram(object))
        .flatMap(({ root }) => textOf(root, 'metadata', 'name') ?? []),
    )
  return { Task: of('Task'), StepAction: of('StepAction') }
}

function runsOurProgram({ root, kind }: TektonObject): boolean {
  const containers = kind === 'Task' ? itemsOf(root, 'spec', 'steps') : [fieldOf(root, 'spec')]
  return containers.some((one) => scalarsOf(fieldOf(one, 'command')).some(({ text }) => text === '/app/main.js'))
}

/** By file as they were named, then by place; what was found twice in one place is told once. */
function inOrder(findings: readonly Finding[], files: readonly SourceFile[]): readonly Finding[] {
  const rank = new Map(files.map(({ name }, at) => [name, at]))
  const once = new Map(findings.map((one) => [JSON.stringify(one), one]))
  return [...once.values()].toSorted(
    (left, right) =>
      (rank.get(left.file) ?? 0) - (rank.get(right.file) ?? 0) || left.line - right.line || left.column - right.column,
  )
}
