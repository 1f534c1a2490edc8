import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createPki } from '../../sandbox/pki.ts'
import { endProcess, tlsHost, type Sink } from './sink.ts'

const program = fileURLToPath(new URL('./null-sink-process.ts', import.meta.url))

/** Starts the registry that drops what it is given. */
export async function startNullSink(scheme: 'http' | 'https'): Promise<Sink> {
  const pki = scheme === 'https' ? await createPki() : undefined
  const child = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
  const stop = async (): Promise<void> => await endProcess(child)
  try {
    const leaf = pki === undefined ? {} : { cert: await pki.leafPem(tlsHost), key: await pki.leafKeyPem(tlsHost) }
    child.send(leaf)
    const [port] = (await once(child, 'message', { signal: AbortSignal.timeout(20_000) })) as [number]
    return {
      name: `null ${scheme}`,
      origin: new URL(pki === undefined ? `http://127.0.0.1:${port}` : `https://${tlsHost}:${port}`),
      caPem: pki?.caPem,
      clear: async () => {
        child.send({})
        await once(child, 'message', { signal: AbortSignal.timeout(20_000) })
      },
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}
