import type { TokenRequest } from '../../test/sandbox/control/requests.ts'
import { CliError } from './cli-error.ts'
import type { Given } from './command.ts'
import { parseServiceAccount, parseSubject, type ServiceAccount } from './service-account.ts'
import { parseInstant, parseSeconds, timeForms } from './times.ts'

const hour = 3600

/** A token request as the options say it, without the service account when they name none. */
export type ReadTokenRequest = {
  readonly account: ServiceAccount | undefined
  readonly rest: Omit<TokenRequest, 'namespace' | 'serviceAccount'>
}

/** Reads the options of `token`. Throws all faults at once. */
export function readTokenRequest(given: Given, nowMs: number): ReadTokenRequest {
  const faults: string[] = []
  const { account, claims: subjectClaims } = readAccount(given, faults)
  const rest = {
    ...textOf(given, 'audience'),
    ...textOf(given, 'issuer'),
    ...textOf(given, 'key'),
    ...readTimes(given, nowMs, faults),
    claims: { ...readExpired(given, nowMs, faults), ...subjectClaims, ...readClaims(given, faults) },
    withoutClaims: given.texts('without-claim'),
  }
  if (faults.length > 0) throw new CliError(faults, { remedy: 'npx tekton-entra token --help' })
  return { account, rest }
}

function textOf(given: Given, option: string): Record<string, string> {
  const text = given.text(option)
  return text === undefined ? {} : { [option]: text }
}

type Account = { readonly account: ServiceAccount | undefined; readonly claims: Readonly<Record<string, unknown>> }

function readAccount(given: Given, faults: string[]): Account {
  const [name, subject] = [given.text('service-account'), given.text('subject')]
  if (name !== undefined && subject !== undefined) faults.push('--service-account and --subject say the same: give one')
  const account = name === undefined ? undefined : parseServiceAccount(name)
  if (name !== undefined && account === undefined) {
    faults.push(`--service-account: got "${name}", expected a namespace and a name such as ci/builder`)
  }
  if (subject === undefined) return { account, claims: {} }
  const named = parseSubject(subject)
  // A subject that is no service account's can only be a claim of its own.
  return { account: named, claims: named === undefined ? { sub: subject } : {} }
}

function readTimes(given: Given, nowMs: number, faults: string[]): { expiresInSeconds?: number; notBefore?: number } {
  const [life, start] = [given.text('expires-in'), given.text('not-before')]
  const expiresInSeconds = life === undefined ? undefined : parseSeconds(life)
  const notBefore = start === undefined ? undefined : parseInstant(start, nowMs)
  if (life !== undefined && expiresInSeconds === undefined) {
    faults.push(`--expires-in: got "${life}", expected a duration such as 90s, 10m or 1h`)
  }
  if (start !== undefined && notBefore === undefined) faults.push(`--not-before: got "${start}", expected ${timeForms}`)
  return {
    ...(expiresInSeconds === undefined ? {} : { expiresInSeconds }),
    ...(notBefore === undefined ? {} : { notBefore }),
  }
}

/** All times of an expired token are in the past: one that was issued now and has expired before is no token that a cluster makes. */
function readExpired(given: Given, nowMs: number, faults: string[]): Record<string, number> {
  if (!given.flag('expired')) return {}
  for (const option of ['expires-in', 'not-before']) {
    if (given.text(option) !== undefined) faults.push(`--expired sets all times: it does not go with --${option}`)
  }
  const issued = Math.floor(nowMs / 1000) - 2 * hour
  return { iat: issued, nbf: issued, exp: issued + hour }
}

function readClaims(given: Given, faults: string[]): Record<string, unknown> {
  const claims = new Map<string, unknown>()
  for (const text of given.texts('claim')) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined) faults.push(`--claim: got "${text}", expected NAME=VALUE`)
    else if (claims.has(name)) faults.push(`--claim: ${name} is given twice`)
    else claims.set(name, jsonOrText(value))
  }
  return Object.fromEntries(claims)
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
