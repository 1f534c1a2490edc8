import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { example } from '../../sandbox/example-cloud.ts'
import { throughProxy } from '../../sandbox/through-proxy.ts'
import { endProcess } from './sink.ts'

const program = fileURLToPath(new URL('../sandbox-process.ts', import.meta.url))

/** The sandbox in a process of its own, with the example's clouds. */
export type BenchSandbox = AsyncDisposable & {
  readonly proxyUrl: string
  readonly caPem: string
  /** A projected token of the example's service account. */
  token(): Promise<string>
  /** An Entra token for the example's app in AWS. */
  entraToken(): Promise<string>
}

/** Starts it. */
export async function startBenchSandbox(): Promise<BenchSandbox> {
  const child = fork(program, ['cached'], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] })
  const [ready] = (await once(child, 'message', { signal: AbortSignal.timeout(30_000) })) as [
    { proxyUrl: string; caPem: string },
  ]
  const token = async (): Promise<string> => {
    child.send('token')
    const [minted] = (await once(child, 'message')) as [string]
    return minted
  }
  return {
    ...ready,
    token,
    entraToken: async () => await exchangeForAws(ready, await token()),
    [Symbol.asyncDispose]: async () => await endProcess(child),
  }
}

async function exchangeForAws(sandbox: { proxyUrl: string; caPem: string }, assertion: string): Promise<string> {
  const form = {
    client_id: example.clientId,
    scope: `${example.awsTokenResource}/.default`,
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }
  const { body } = await throughProxy(sandbox, {
    url: `https://login.microsoftonline.com/${example.tenantId}/oauth2/v2.0/token`,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
  return (JSON.parse(body) as { access_token: string }).access_token
}
