import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Kubectl } from '../kubectl.ts'

/** A port of this machine that leads to one of a pod. */
export type Forward = { readonly url: string; close(): Promise<void> }

/** Opens a port of loopback that leads to a pod's, by the API server: so it works on any cluster. */
export async function forwardPort(
  kubectl: Kubectl,
  { namespace, pod, port }: { readonly namespace: string; readonly pod: string; readonly port: number },
): Promise<Forward> {
  const [program = '', ...which] = kubectl.program
  const args = ['port-forward', `pod/${pod}`, '-n', namespace, `:${port}`, '--address', '127.0.0.1']
  const child = spawn(program, [...which, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  const local = await new Promise<string>((resolve, reject) => {
    const read = (text: string): void => {
      said += text
      const [, found] = /Forwarding from 127\.0\.0\.1:(\d+)/.exec(said) ?? []
      if (found !== undefined) resolve(found)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('close', () => reject(new Error(`kubectl port-forward ended: ${said}`)))
  })
  return {
    url: `http://127.0.0.1:${local}`,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const closed = once(child, 'close')
      child.kill()
      await closed
    },
  }
}
