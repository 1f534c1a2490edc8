import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeDockerConfig } from './docker-config.ts'
import type { Server } from './servers.ts'

/** The variables of a client that is logged in to the registry and trusts its certificate; its files lie below the folder. */
export async function clientVariables(server: Server, folder: string): Promise<Readonly<Record<string, string>>> {
  const config = await writeDockerConfig(folder, [[server.target.origin.host, server.login]])
  const home = join(config, 'home')
  await mkdir(home)
  const ca = join(config, 'ca.crt')
  if (server.caPem !== undefined) await writeFile(ca, server.caPem)
  return {
    PATH: '/usr/bin:/bin',
    HOME: home,
    DOCKER_CONFIG: config,
    REGISTRY_AUTH_FILE: join(config, 'config.json'),
    ...server.variables,
    ...(server.caPem === undefined ? {} : { SSL_CERT_FILE: ca }),
  }
}
