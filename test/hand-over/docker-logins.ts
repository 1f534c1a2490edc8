import { contentsOf, type HandOverResult } from './front-door.ts'

/** Host → entry of docker's configuration. */
export type Auths = Readonly<Record<string, { readonly auth: string }>>

/** The entries that a run has left. */
export async function authsOf({ volume }: HandOverResult, folder = 'docker'): Promise<Auths> {
  const { text } = (await contentsOf(volume))[`${folder}/config.json`] ?? { text: '{}' }
  return (JSON.parse(text) as { auths?: Auths }).auths ?? {}
}

/** User and password of one entry. */
export function loginOf(auths: Auths, host: string): readonly [user: string, password: string] {
  const pair = Buffer.from(auths[host]?.auth ?? '', 'base64').toString('utf8')
  const at = pair.indexOf(':')
  return [pair.slice(0, at), pair.slice(at + 1)]
}
