/** The part of JSON Schema (draft 2020-12) that the sandbox's schemas use and {@link schemaFaults} understands. */
export type JsonSchema = {
  readonly $schema?: string
  readonly $id?: string
  readonly $defs?: Readonly<Record<string, JsonSchema>>
  readonly $ref?: string
  /** What a value is called in `expected …`: a noun phrase. */
  readonly title?: string
  readonly description?: string
  readonly type?: JsonType
  readonly enum?: readonly JsonScalar[]
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | JsonSchema
  readonly items?: JsonSchema
  readonly minItems?: number
  readonly maxItems?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** Names of JSON's types as schemas write them. */
export type JsonType = 'string' | 'number' | 'integer' | 'boolean' | 'null' | 'object' | 'array'
export type JsonScalar = string | number | boolean | null

/** Way to a value: names and indexes. */
export type JsonPath = readonly (string | number)[]

/** Something that does not fit, and where. */
export type PathFault = { readonly path: JsonPath; readonly text: string }

/** Every keyword that the validator obeys; a test holds the published schemas to it. */
export const keywords: ReadonlySet<string> = new Set(
  '$schema $id $defs $ref title description type enum anyOf properties required additionalProperties items minItems maxItems pattern minimum maximum'.split(
    ' ',
  ),
)

/** `tenants[0].apps[1].clientId`; names that are no identifiers in brackets and quotes. */
export function showPath(path: JsonPath): string {
  const parts = path.map((part) => {
    if (typeof part === 'number') return `[${part}]`
    return /^[A-Za-z_$][\w$-]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`
  })
  return parts.join('').replace(/^\./, '') || 'the whole'
}

/** The path that a text such as `tenants[0].id: …` begins with, as {@link showPath} writes it; undefined when it begins with none. */
export function parsePath(text: string): JsonPath | undefined {
  if (text.startsWith(`${showPath([])}: `)) return []
  const [, shown] = /^([A-Za-z_$][\w$-]*(?:\.[A-Za-z_$][\w$-]*|\[\d+\]|\["(?:[^"\\]|\\.)*"\])*): /.exec(text) ?? []
  if (shown === undefined) return undefined
  return Array.from(shown.matchAll(/\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]|[^.[\]]+/g), ([part, index, quoted]) => {
    return index !== undefined ? Number(index) : quoted !== undefined ? String(JSON.parse(quoted)) : part
  })
}

/** The JSON type of a value. */
export function jsonType(value: unknown): Exclude<JsonType, 'integer'> | undefined {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  const name = typeof value
  return name === 'string' || name === 'number' || name === 'boolean' || name === 'object' ? name : undefined
}
