/** Why a text is not taken as JSON: two readers could understand it differently, or it would cost too much to read. */
export class StrictJsonFault extends Error {
  override readonly name = 'StrictJsonFault'
  readonly kind: 'syntax' | 'duplicate' | 'deep'
  constructor(kind: StrictJsonFault['kind'], message: string) {
    super(message)
    this.kind = kind
  }
}

/** What a JSON object is, once it is parsed. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a parsed value is a JSON object, and no array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Signed documents are flat: deeper ones are none. */
const maxDepth = 16

/**
 * Parses JSON in which no object names a member twice (RFC 7519 §4 leaves it to the reader to refuse that; JSON.parse would take the last
 * one, others the first). Throws StrictJsonFault.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decoded(bytes)
  const names: (Set<string> | undefined)[] = []
  let isName = false
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at]
    if (character === '{' || character === '[') {
      if (names.length >= maxDepth) throw new StrictJsonFault('deep', `nested deeper than ${maxDepth}`)
      names.push(character === '{' ? new Set() : undefined)
      isName = character === '{'
    } else if (character === '}' || character === ']') names.pop()
    else if (character === ',') isName = names.at(-1) !== undefined
    else if (character === ':') isName = false
    else if (character === '"') {
      const end = endOfString(text, at)
      if (isName) addName(names.at(-1), text.slice(at, end + 1))
      at = end
    }
  }
  return parsed(text)
}

function decoded(bytes: Uint8Array): string {
  try {
    // A byte order mark is kept, so that it fails: RFC 8259 §8.1 forbids writing one.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new StrictJsonFault('syntax', 'no UTF-8')
  }
}

/** Names are compared as they are read: `"\u0061"` is `"a"`. */
function addName(names: Set<string> | undefined, literal: string): void {
  const name = String(parsed(literal))
  if (names?.has(name) === true) throw new StrictJsonFault('duplicate', name)
  names?.add(name)
}

function endOfString(text: string, start: number): number {
  let at = start + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new StrictJsonFault('syntax', 'no JSON')
  }
}
