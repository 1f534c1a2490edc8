import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toolPath } from './tools.ts'

/** Debian's `docker-registry` (CNCF distribution) on loopback, which wants a password. */
export type DockerRegistry = AsyncDisposable & {
  readonly origin: URL
  /** Methods and paths that it was asked since the last call, as its own access log has them. */
  requests(): string[]
}

/** What the registry takes: `user:password`. */
export const goodLogin = 'someone:right'

// bcrypt of that password, at the lowest cost: it is checked at each request.
const htpasswd = 'someone:$2b$04$Ud8B9B18vocquRPVQYZLg.8tLOOwMVYyf3E0gDepbTzYoHAM44X/q\n'

/** Starts it with an empty store; the port is what it says itself that it listens on. */
export async function startDockerRegistry(): Promise<DockerRegistry> {
  const folder = await mkdtemp(join(tmpdir(), 'foreign-registry-'))
  await writeFile(join(folder, 'htpasswd'), htpasswd)
  // YAML takes JSON.
  await writeFile(join(folder, 'config.yml'), JSON.stringify(configIn(folder)))
  const child = spawn(toolPath('docker-registry'), ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  })
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  const seen: string[] = []
  try {
    const port = await listenedPort(child, seen)
    const origin = new URL(`http://127.0.0.1:${port}`)
    return { origin, requests: () => seen.splice(0), [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function configIn(folder: string): object {
  return {
    version: 0.1,
    log: { level: 'info' },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    auth: { htpasswd: { realm: 'foreign', path: join(folder, 'htpasswd') } },
    http: { addr: '127.0.0.1:0', secret: 'only for this test' },
  }
}

/** Reads its log to the end: requests into `seen`, and the port from its first lines. */
async function listenedPort(child: ChildProcess, seen: string[]): Promise<number> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('docker-registry has no output')
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`docker-registry ended with ${code} before it listened`)))
    for (const stream of [stdout, stderr]) {
      createInterface(stream).on('line', (line) => {
        const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? []
        if (port !== undefined) resolve(Number(port))
        // The access log has Apache's form.
        const [, request] = /^127\.0\.0\.1 .*"([A-Z]+ \S+) HTTP\/1\.1"/.exec(line) ?? []
        if (request !== undefined) seen.push(request)
      })
    }
  })
}
