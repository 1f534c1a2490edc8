import { spawn } from 'node:child_process'
import { kubectl, stage } from './stage.ts'

/** A log as it comes, to the last line before its pod is gone. */
export type FollowedLog = AsyncDisposable & {
  /** All that has come, once the container has ended and its log with it. */
  readonly ended: Promise<string>
}

/** Follows a container's log from its beginning, as `kubectl logs --follow` gives it to anybody. The container must run. */
export function followLog(pod: string, container: string, namespace = stage().namespaces.ci): FollowedLog {
  const argv = [...kubectl().program, 'logs', '--follow', pod, '-n', namespace, '-c', container]
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => (text += part))
  child.stderr.setEncoding('utf8').on('data', (part: string) => (text += part))
  const ended = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
  return {
    ended,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await ended.catch(() => text)
    },
  }
}
