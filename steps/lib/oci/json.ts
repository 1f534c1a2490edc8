/** What is wrong at one place of a JSON document that came from outside. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault'
  constructor(at: string, got: string, expected: string) {
    super(`${at} is ${got}, expected ${expected}`)
  }
}

/** No real manifest or config is nested half as deep; deeper ones would overflow the stack of whoever walks them. */
const maxDepth = 64

/** One place in a JSON document, with the path to it: reads what is expected there, or throws the exact JsonFault. */
export class Json {
  readonly #value: unknown
  readonly #at: string

  constructor(value: unknown, at: string) {
    this.#value = value
    this.#at = at
  }

  /** The document in these bytes. */
  static parse(bytes: Uint8Array): Json {
    try {
      // A byte order mark is kept, so that it fails: RFC 8259 §8.1 forbids writing one.
      const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      if (isDeeperThan(text, maxDepth))
        throw new JsonFault('the document', `nested deeper than ${maxDepth}`, `at most ${maxDepth} levels`)
      return new Json(JSON.parse(text) as unknown, '')
    } catch (error) {
      if (error instanceof JsonFault) throw error
      throw new JsonFault('the document', error instanceof Error ? error.message : String(error), 'JSON in UTF-8')
    }
  }

  /** A member that must be there. */
  field(name: string): Json {
    const found = this.optional(name)
    return found ?? new Json(undefined, this.#path(name)).refuse('a value')
  }

  /** A member that may be left out; JSON `null` counts as left out, because Go programs write it so. */
  optional(name: string): Json | undefined {
    const object = this.#value
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return this.refuse('an object')
    const value: unknown = Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined
    return value === undefined || value === null ? undefined : new Json(value, this.#path(name))
  }

  items(): readonly Json[] {
    if (!Array.isArray(this.#value)) return this.refuse('an array')
    return this.#value.map((item: unknown, index) => new Json(item, `${this.#at}[${index}]`))
  }

  string(): string {
    return typeof this.#value === 'string' ? this.#value : this.refuse('a string')
  }

  /** All members of an object but those that are `null`. */
  members(): readonly (readonly [name: string, member: Json])[] {
    const object = this.#value
    if (typeof object !== 'object' || object === null || Array.isArray(object)) return this.refuse('an object')
    return Object.keys(object).flatMap((name) => {
      const member = this.optional(name)
      return member === undefined ? [] : [[name, member] as const]
    })
  }

  /** A map of strings by name. */
  strings(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.members().map(([name, member]) => [name, member.string()]))
  }

  /** A whole number from 0 that JavaScript holds exactly. */
  size(): number {
    const value = this.#value
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
      ? value
      : this.refuse('a whole number from 0')
  }

  /** A string as it is, anything else as JSON: for text that people read. */
  text(): string {
    return typeof this.#value === 'string' ? this.#value : (JSON.stringify(this.#value) ?? '')
  }

  /** The value as it was parsed, for documents that are written anew. */
  raw(): unknown {
    return this.#value
  }

  /** Throws the fault of this place. */
  refuse(expected: string): never {
    const got = this.#value === undefined ? 'missing' : shown(this.#value)
    throw new JsonFault(
      this.#at === '' ? 'the document' : this.#at,
      got.length > 100 ? `${got.slice(0, 100)}…` : got,
      expected,
    )
  }

  #path(name: string): string {
    return this.#at === '' ? name : `${this.#at}.${name}`
  }
}

/** A number as JavaScript holds it, because JSON writes `null` for the infinity that 1e400 becomes. */
function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? '')
}

/** Told by the brackets outside of strings, before anything is parsed. In one pass: a pattern would need a stack of its own. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  let quoted = false
  for (let at = 0; at < text.length && depth <= limit; at += 1) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (quoted && character === '\\') at += 1
    else if (!quoted) depth += step[character ?? ''] ?? 0
  }
  return depth > limit
}

const step: Readonly<Record<string, number>> = { '[': 1, '{': 1, ']': -1, '}': -1 }
