import { LineCounter, parseDocument } from 'yaml'
import type { Document } from 'yaml'
import type { SandboxConfig } from './config.ts'
import schemaFile from './config.schema.json' with { type: 'json' }
import { impossibleState } from './config-rules.ts'
import { parsePath, showPath } from './config-schema/json-schema.ts'
import type { JsonPath, JsonSchema } from './config-schema/json-schema.ts'
import { schemaFaults } from './config-schema/schema-faults.ts'

// A JSON file's type is that of its one value, which says less than the schema's own.
const schema = schemaFile as unknown as JsonSchema

/** A state of the clouds as a file gives it, or everything that is wrong with it: `clouds.yaml:12:7 tenants[0].id: …`. */
export type ReadConfig = { readonly config: SandboxConfig } | { readonly faults: readonly string[] }

/** Reads a state of the clouds from JSON or YAML. `name` is what faults call the file. */
export function readConfig(name: string, text: string): ReadConfig {
  const lines = new LineCounter()
  // Every file is read as YAML 1.2, of which JSON is a part: so that a key that stands twice is a fault in both.
  const document = parseDocument(text, { lineCounter: lines })
  if (document.errors.length > 0) {
    return { faults: document.errors.map(({ message }) => `${name}: ${firstLine(message)}`) }
  }
  const value: unknown = document.toJS()
  const faults = faultsOf(value)
  if (faults.length === 0) return { config: withoutSchema(value) }
  return { faults: faults.map((fault) => `${name}${place(document, lines, parsePath(fault))} ${fault}`) }
}

/** What does not fit the schema; where all fits, what no cloud would hold. */
function faultsOf(value: unknown): readonly string[] {
  const faults = schemaFaults(schema, value)
  if (faults.length > 0) return faults.map(({ path, text }) => `${showPath(path)}: ${text}`)
  return impossibleState(value as SandboxConfig)
}

function withoutSchema(value: unknown): SandboxConfig {
  const { $schema: _, ...config } = value as SandboxConfig & { readonly $schema?: string }
  return config
}

/** `:line:column` of the value, or of what it is missing from; nothing where the fault begins with no path. */
function place(document: Document, lines: LineCounter, path: JsonPath | undefined): string {
  if (path === undefined) return ''
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node: unknown = depth === 0 ? document.contents : document.getIn(path.slice(0, depth), true)
    const start = rangeStart(node)
    if (start === undefined) continue
    const { line, col } = lines.linePos(start)
    return `:${line}:${col}`
  }
  return ''
}

function rangeStart(node: unknown): number | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) return undefined
  const start: unknown = node.range[0]
  return typeof start === 'number' ? start : undefined
}

function firstLine(message: string): string {
  return message.split('\n')[0]?.replace(/:$/, '') ?? ''
}
