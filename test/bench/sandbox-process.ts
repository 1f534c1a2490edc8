import { exampleCloud, example } from '../sandbox/example-cloud.ts'
import { openRegistries } from '../sandbox/registry/state.ts'
import { startSandbox } from '../sandbox/sandbox.ts'

// The sandbox in a process of its own, so that its time and memory are not those of the client that measures it.
// `cached`: Entra keeps an issuer's keys for five minutes, as the real one keeps them for a while.
const entra = process.argv.includes('cached') ? { entra: { issuerKeysCacheSeconds: 300 } } : {}
const sandbox = await startSandbox({ ...exampleCloud(), ...entra }, { remember: 'recent' })
openRegistries(sandbox.world, { counted: true })

/** What the measuring process asks for. */
type Question = 'token' | 'memory' | 'end'

process.on('message', (question: Question) => {
  if (question === 'end') {
    void sandbox.close().then(() => process.disconnect())
    return
  }
  globalThis.gc?.()
  const token = () => sandbox.mintToken({ namespace: example.namespace, serviceAccount: example.serviceAccount })
  process.send?.(question === 'token' ? token() : process.memoryUsage())
})
// Whoever started it may be killed: nobody else would end it.
process.once('disconnect', () => process.exit())
process.send?.({ proxyUrl: sandbox.proxyUrl, caPem: sandbox.caPem, readyMs: performance.now() })
