import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { exchangedToken } from '../../sandbox/exchange-token.ts'
import { example } from '../../sandbox/example-cloud.ts'
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
    entraToken: async () =>
      await exchangedToken(ready, { assertion: await token(), resource: example.awsTokenResource }),
    [Symbol.asyncDispose]: async () => await endProcess(child),
  }
}

/** The identity profile of a run on it. */
export function identityProfile({ proxyUrl, caPem }: BenchSandbox): Readonly<Record<string, string>> {
  return {
    'tenant-id': example.tenantId,
    'client-id': example.clientId,
    'aws-role-arn': example.roleArn,
    'aws-token-resource': example.awsTokenResource,
    'https-proxy': proxyUrl,
    'ca.crt': `${caPem}\n`,
  }
}
