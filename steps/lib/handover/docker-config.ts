import { stepError } from '../core/errors.ts'
import { Secret } from '../core/secret.ts'
import { Unmergeable, type Merge } from './hand-over-folder.ts'

/** One entry: `auth` is Base64 of `user:password`, as docker's `config.json` has it. */
export type DockerLogin = { readonly host: string; readonly auth: Secret }

/**
 * Puts entries into docker's `config.json` and keeps everything else. The other tools that read the file prefer credential helpers to
 * entries: one that would be asked for a host of ours is refused, at `path`. Throws HANDOVER_SHADOWED.
 */
export function mergeDockerConfig(logins: readonly DockerLogin[], path: string): Merge {
  return (existing) => {
    const config = objectOf(existing === undefined || existing.trim() === '' ? {} : parsed(existing), 'it')
    const auths = objectOf(config['auths'] ?? {}, 'its member auths')
    const helpers = objectOf(config['credHelpers'] ?? {}, 'its member credHelpers')
    for (const { host } of logins) refuseShadow({ path, host, helpers, store: config['credsStore'] })
    const added = logins.map(({ host, auth }) => [host, { auth: auth.reveal() }] as const)
    const merged = { ...config, auths: { ...auths, ...Object.fromEntries(added) } }
    return new Secret(`${JSON.stringify(merged, null, 2)}\n`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without the parser's own words: they quote the text, which holds credentials.
    throw new Unmergeable('it is no JSON')
  }
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new Unmergeable(`${what} is no JSON object`)
}

type Shadow = { path: string; host: string; helpers: Readonly<Record<string, unknown>>; store: unknown }

function refuseShadow({ path, host, helpers, store }: Shadow): void {
  if (Object.hasOwn(helpers, host))
    throw stepError('HANDOVER_SHADOWED', { path, host, setting: `credHelpers["${host}"]` })
  if (typeof store === 'string' && store !== '')
    throw stepError('HANDOVER_SHADOWED', { path, host, setting: 'credsStore' })
}
