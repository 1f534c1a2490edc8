import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'

/** What images are pushed to. */
export type Sink = AsyncDisposable & {
  /** As the results name it, such as `null https`. */
  readonly name: string
  readonly origin: URL
  /** The CA that its certificate is trusted by; undefined where it speaks plain HTTP. */
  readonly caPem: string | undefined
  /** Forgets all that it was given. */
  clear(): Promise<void>
}

/** Host of a sink that speaks TLS: the certificates of the tests' authority are for names. */
export const tlsHost = 'localhost'

/** Throws unless the sink has a manifest under this tag: a program that ended well and pushed nothing is not fast. */
export async function expectImage({ origin, caPem }: Sink, repository: string, tag: string): Promise<void> {
  const url = new URL(`/v2/${repository}/manifests/${tag}`, origin)
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
  const options = { method: 'HEAD', headers: { accept }, agent: false as const }
  const request = caPem === undefined ? http.request(url, options) : https.request(url, { ...options, ca: caPem })
  request.end()
  const [answer] = (await once(request, 'response')) as [http.IncomingMessage]
  answer.resume()
  if (answer.statusCode !== 200) throw new Error(`${url.href} was not pushed: HTTP ${String(answer.statusCode)}`)
}

/** Ends a process of ours and waits for its end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await once(child, 'exit')
}
