import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { kubectl, stage } from './stage.ts'

/** A log as it comes, to the last line before its pod is gone. */
export type FollowedLog = AsyncDisposable & {
  /** All that has come, once the step's record has, which is its last word; or once the log has ended without one. */
  readonly toRecord: Promise<string>
}

const recordLine = /^\{"specversion".*\}\n/m

/**
 * Follows a container's log from its beginning, as `kubectl logs --follow` gives it to anybody; gives it once its first words are there: another pod
 * may soon bear the name. The container must run, and have said something.
 */
export async function followLog(
  pod: string,
  container: string,
  namespace = stage().namespaces.ci,
): Promise<FollowedLog> {
  const argv = [...kubectl().program, 'logs', '--follow', pod, '-n', namespace, '-c', container]
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = once(child, 'close')
  const begun = Promise.race([once(child.stdout, 'data'), closed])
  const toRecord = new Promise<string>((resolve, reject) => {
    let text = ''
    const read = (part: string): void => {
      text += part
      // Not at the log's end: of a pod that is taken away by force the stream may stay open.
      if (recordLine.test(text)) resolve(text)
    }
    child.stdout.setEncoding('utf8').on('data', read)
    child.stderr.setEncoding('utf8').on('data', read)
    child.once('error', reject)
    child.once('close', () => resolve(text))
  })
  await begun
  return {
    toRecord,
    [Symbol.asyncDispose]: async () => {
      child.kill()
      await closed
    },
  }
}
