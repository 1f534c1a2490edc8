import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { toolPath } from './tools.ts'

/** `crane registry serve` on loopback: in memory, without a password. */
export type CraneRegistry = AsyncDisposable & { readonly host: string }

/** Starts it on a port of its own choice. */
export async function startCraneRegistry(): Promise<CraneRegistry> {
  const program = spawn(toolPath('crane'), ['registry', 'serve', '--address', '127.0.0.1:0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: '/usr/bin:/bin' },
  })
  const stop = async (): Promise<void> => {
    if (program.exitCode === null && program.kill('SIGKILL')) await once(program, 'exit')
  }
  try {
    return { host: `127.0.0.1:${await portOf(program)}`, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** It logs the port when it listens, and each request after that, which must be read on. */
function portOf(program: { readonly stderr: NodeJS.ReadableStream }): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines = createInterface(program.stderr)
    lines.on('line', (line) => {
      const [, port] = /serving on port (\d+)/.exec(line) ?? []
      if (port !== undefined) resolve(port)
    })
    lines.once('close', () => reject(new Error('crane serves no registry')))
  })
}
