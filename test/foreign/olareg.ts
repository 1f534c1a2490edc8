import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { toolPath } from './tools.ts'

/** olareg on loopback: in memory, without a password. It lists referrers. */
export type Olareg = AsyncDisposable & { readonly origin: URL }

/** Starts it on a port that the kernel chooses. */
export async function startOlareg(): Promise<Olareg> {
  const args = ['serve', '--addr', '127.0.0.1', '--port', '0', '--store-type', 'mem']
  const program = spawn(toolPath('olareg'), args, { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } })
  const stop = async (): Promise<void> => {
    if (program.exitCode === null && program.kill('SIGKILL')) await once(program, 'exit')
  }
  try {
    await once(program, 'spawn')
    const signal = AbortSignal.timeout(20_000)
    for (;;) {
      const port = await listeningPort(program.pid ?? 0)
      if (port !== undefined) return { origin: new URL(`http://127.0.0.1:${port}`), [Symbol.asyncDispose]: stop }
      if (program.exitCode !== null) throw new Error(`olareg ended with ${program.exitCode}`)
      await delay(20, undefined, { signal })
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** It says nowhere which port it got: Linux knows (proc_pid_net(5)). */
async function listeningPort(pid: number): Promise<number | undefined> {
  const names = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const files = await Promise.all(names.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => '')))
  const sockets = await readFile(`/proc/${pid}/net/tcp`, 'utf8').catch(() => '')
  for (const line of sockets.split('\n')) {
    const fields = line.trim().split(/\s+/)
    const [, local = '', , state] = fields
    // 0A is LISTEN; the tenth field is the socket's inode.
    if (state === '0A' && files.includes(`socket:[${fields[9]}]`)) return Number.parseInt(local.split(':')[1] ?? '', 16)
  }
  return undefined
}
