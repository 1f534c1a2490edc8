import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { toolPath } from '../../foreign/tools.ts'
import { createPki } from '../../sandbox/pki.ts'
import { endProcess, tlsHost, type Sink } from './sink.ts'

/** Starts CNCF distribution 3 with its store in `parent`, without a password. */
export async function startDistribution(scheme: 'http' | 'https', parent: string): Promise<Sink> {
  const folder = await mkdtemp(join(parent, 'distribution-'))
  const pki = scheme === 'https' ? await createPki() : undefined
  const store = join(folder, 'data')
  const file = await writeConfig(folder, {
    store,
    tls: pki === undefined ? undefined : { cert: await pki.leafPem(tlsHost), key: await pki.leafKeyPem(tlsHost) },
  })
  // Else it looks for a collector of traces.
  const env = { PATH: '/usr/bin:/bin', OTEL_TRACES_EXPORTER: 'none' }
  const child = spawn(toolPath('distribution'), ['serve', file], { stdio: ['ignore', 'pipe', 'pipe'], env })
  const stop = async (): Promise<void> => {
    await endProcess(child)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    const port = await portOf(child.stdout, child.stderr)
    return {
      name: `distribution ${scheme}`,
      origin: new URL(pki === undefined ? `http://127.0.0.1:${port}` : `https://${tlsHost}:${port}`),
      caPem: pki?.caPem,
      // It keeps nothing of its store in memory.
      clear: async () => await rm(join(store, 'docker'), { recursive: true, force: true }),
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

type Serving = { readonly store: string; readonly tls: { readonly cert: string; readonly key: string } | undefined }

async function writeConfig(folder: string, { store, tls }: Serving): Promise<string> {
  const files = { certificate: join(folder, 'tls.crt'), key: join(folder, 'tls.key') }
  if (tls !== undefined) {
    await writeFile(files.certificate, tls.cert)
    await writeFile(files.key, tls.key, { mode: 0o600 })
  }
  const config = {
    version: 0.1,
    // At this level it says its port; of requests it says nothing.
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: store }, maintenance: { uploadpurging: { enabled: false } } },
    http: { addr: '127.0.0.1:0', secret: 'only for this run', ...(tls === undefined ? {} : { tls: files }) },
  }
  const file = join(folder, 'config.yml')
  // YAML takes JSON.
  await writeFile(file, JSON.stringify(config))
  return file
}

/** Both streams are read on to their end: a pipe that is full would hold the registry. */
async function portOf(...streams: readonly Readable[]): Promise<string> {
  const found = Promise.withResolvers<string>()
  for (const stream of streams) {
    const lines = createInterface(stream)
    lines.on('line', (line) => {
      const [, port] = /listening on 127\.0\.0\.1:(\d+)/.exec(line) ?? []
      if (port !== undefined) found.resolve(port)
    })
    void once(lines, 'close').then(() => found.reject(new Error('distribution ended before it listened')))
  }
  return await found.promise
}
