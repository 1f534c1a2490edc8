import { isObject } from './json-object.ts'
import type { JsonObject } from './json-object.ts'
import { refusal } from './sts-errors.ts'

/** A compact JWS taken apart. */
export type JwtParts = {
  readonly header: JsonObject
  readonly claims: JsonObject
  readonly signingInput: Buffer
  readonly signature: Buffer
}

// `Buffer.from` skips what is not base64url: a token file's trailing newline would pass unseen.
const decodePart = (part: string): Buffer => {
  if (!/^[A-Za-z0-9_-]+$/.test(part) || part.length % 4 === 1) throw refusal('notAJwt')
  return Buffer.from(part, 'base64url')
}

/** Parses one part; of a member that comes twice the last one counts, as JSON.parse has it and as STS was recorded. */
const parsePart = (part: string): JsonObject => {
  const bytes = decodePart(part)
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(value)) return value
  } catch {
    // Not UTF-8 or not JSON: the same answer as for JSON of another kind.
  }
  throw refusal('notAJwt')
}

/** Takes a compact JWS apart, or refuses it as no JWT. A `crit` header is refused: STS understands no extension. */
export const decodeJwt = (token: string): JwtParts => {
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    throw refusal('notAJwt')
  const parts = {
    header: parsePart(header),
    claims: parsePart(payload),
    signingInput: Buffer.from(`${header}.${payload}`),
    signature: decodePart(signature),
  }
  if (Object.hasOwn(parts.header, 'crit')) throw refusal('notAJwt')
  return parts
}
