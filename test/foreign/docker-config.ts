import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One entry of a docker configuration: the registry's host, and `user:password`. */
export type Login = readonly [host: string, login: string]

/** Writes a docker configuration with these logins into a folder of its own, and gives that folder. */
export async function writeDockerConfig(parent: string, logins: readonly Login[]): Promise<string> {
  const folder = await mkdtemp(join(parent, 'docker-'))
  const auths = logins.map(([host, login]) => [host, { auth: Buffer.from(login).toString('base64') }] as const)
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: Object.fromEntries(auths) }), { mode: 0o600 })
  return folder
}
