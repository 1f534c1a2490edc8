import { sign, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'

/** A JWT that was taken apart but not verified. */
export type DecodedJwt = {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signedPart: string
  readonly signature: Buffer
}

const BASE64URL = /^[A-Za-z0-9_-]+$/

/** Signs a JWT with RS256. Written on node:crypto, not on the library that the steps use, so that one checks the other. */
export function signJwt(key: KeyObject, header: object, claims: object): string {
  const signedPart = `${encode(header)}.${encode(claims)}`
  return `${signedPart}.${sign('sha256', Buffer.from(signedPart), key).toString('base64url')}`
}

/** Takes a compact JWT apart (RFC 7515 §7.1); undefined when it is not one. */
export function decodeJwt(token: string): DecodedJwt | undefined {
  const [header, payload, signature, ...rest] = token.split('.')
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) return undefined
  if (![header, payload, signature].every((part) => BASE64URL.test(part))) return undefined
  const decodedHeader = decode(header)
  const claims = decode(payload)
  if (decodedHeader === undefined || claims === undefined) return undefined
  return {
    header: decodedHeader,
    claims,
    signedPart: `${header}.${payload}`,
    signature: Buffer.from(signature, 'base64url'),
  }
}

/** Whether the JWT is signed by the key with RS256 (`alg` says so, and the signature is right). */
export function isSignedBy(jwt: DecodedJwt, key: KeyObject): boolean {
  return jwt.header['alg'] === 'RS256' && verify('sha256', Buffer.from(jwt.signedPart), key, jwt.signature)
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
