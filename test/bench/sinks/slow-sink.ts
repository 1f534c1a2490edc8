import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { endProcess, type Sink } from './sink.ts'

const program = fileURLToPath(new URL('./slow-proxy-process.ts', import.meta.url))

/** A sink behind a line of 100 Mbit/s with a round trip of 50 ms; it ends with the sink. */
export async function slowed(sink: Sink): Promise<Sink> {
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
  const stop = async (): Promise<void> => {
    await endProcess(child)
    await sink[Symbol.asyncDispose]()
  }
  try {
    child.send(Number(sink.origin.port))
    const [port] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as [number]
    const origin = new URL(sink.origin)
    origin.port = String(port)
    return { ...sink, name: `${sink.name}, 50 ms, 100 Mbit/s`, origin, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}
