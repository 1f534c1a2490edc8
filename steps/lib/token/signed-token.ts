import { isObject, parseStrictJson, StrictJsonFault, type JsonObject } from '../core/strict-json.ts'
import { tokenFault, type EntraTokenFault } from './entra-token-fault.ts'

/** A compact JWS (RFC 7515 §7.1) that can be read in one way only; not verified yet. */
export type SignedToken = {
  readonly kid: string
  readonly claims: Readonly<Record<string, unknown>>
}

/** Entra's tokens stay below 12 KiB, with 200 groups and many roles. */
const maxTokenLength = 32 * 1024

/** Headers by which a token would bring its own key, its own rules, or another content (RFC 7515 §4.1, RFC 7516 §4.1, RFC 7797). */
const forbiddenHeaders = ['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'enc', 'cty', 'epk', 'p2c'] as const

/** Takes a token apart, strictly: canonical base64url, UTF-8, no member twice, RS256, no header that says more than who signed. */
export function readSignedToken(token: string): SignedToken | EntraTokenFault {
  if (token.length > maxTokenLength)
    return tokenFault('too-large', `${token.length} characters`, `at most ${maxTokenLength}`)
  const parts = token.split('.')
  if (parts.length !== 3) return tokenFault('malformed', `${parts.length} parts`, 'a signed JWT in three parts')
  const [header, claims] = [readPart(parts[0], 'header'), readPart(parts[1], 'claims')]
  if ('code' in header) return header.code
  const fault = headerFault(header.value)
  if (fault !== undefined) return fault
  if ('code' in claims) return claims.code
  if (!isCanonical(parts[2])) return tokenFault('malformed', 'a signature of another form', 'base64url without padding')
  return { kid: String(header.value['kid']), claims: claims.value }
}

/** A part's object, or its fault under `code`: claims may have any name. */
function readPart(
  part: string | undefined,
  name: string,
): { readonly value: JsonObject } | { readonly code: EntraTokenFault } {
  const malformed = (got: string) => ({
    code: tokenFault('malformed', `${name}: ${got}`, 'a JSON object in base64url'),
  })
  if (!isCanonical(part)) return malformed('no canonical base64url')
  try {
    const value = parseStrictJson(Buffer.from(part ?? '', 'base64url'))
    return isObject(value) ? { value } : malformed('no object')
  } catch (error) {
    if (!(error instanceof StrictJsonFault)) throw error
    if (error.kind === 'duplicate')
      return { code: tokenFault('duplicate', `${name}: ${error.message} twice`, 'each name once') }
    return malformed(error.message)
  }
}

function headerFault(header: JsonObject): EntraTokenFault | undefined {
  const { alg, typ, kid } = header
  if (alg !== 'RS256') return tokenFault('algorithm', alg, 'RS256')
  const forbidden = forbiddenHeaders.filter((name) => Object.hasOwn(header, name))
  if (forbidden.length > 0)
    return tokenFault('header', forbidden.join(', '), 'none of these: keys come from the tenant')
  if (Object.hasOwn(header, 'nonce'))
    return tokenFault('microsoft-api', 'a nonce in the header', 'a token for an API of your own')
  if (typ !== 'JWT' && typ !== 'at+jwt') return tokenFault('type', typ, 'JWT or at+jwt')
  if (typeof kid !== 'string' || !/^[\w-]{1,128}$/.test(kid)) return tokenFault('key-id', kid, 'the id of a key')
  return undefined
}

/** One spelling only: no padding, no other alphabet, no bits beyond the last byte. */
function isCanonical(part: string | undefined): boolean {
  return part !== undefined && Buffer.from(part, 'base64url').toString('base64url') === part
}
