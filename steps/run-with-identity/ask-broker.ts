import { request } from 'node:http'
import { systemClock } from '../lib/core/clock.ts'
import { stepError } from '../lib/core/errors.ts'
import type { Secret } from '../lib/core/secret.ts'
import { isObject } from '../lib/core/strict-json.ts'
import { addressOf } from './front.ts'
import { secretHeader } from './sealed-folder.ts'

/** One question to the broker. */
export type Question = {
  readonly port: number
  readonly path: string
  readonly secret: Secret
  readonly headers?: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** For how long an answer is waited for. */
  readonly withinMs: number
}

/** No answer of the broker is longer. */
const longestAnswer = 256 * 1024

/** What is full, or is just starting, is asked again for so long. */
const againMs = 250
const againWithinMs = 10_000

/** Asks the broker; gives each line of its answer, parsed. Throws BROKER_UNREACHABLE. */
export async function askBroker(question: Question): Promise<readonly unknown[]> {
  const until = systemClock.now() + againWithinMs
  for (;;) {
    try {
      return await askOnce(question)
    } catch (error) {
      question.signal.throwIfAborted()
      const reason = error instanceof Error ? error.message : String(error)
      // What has no answer yet may have been done: only a door that did not open is tried again.
      const isClosed =
        error instanceof Error && 'code' in error && ['ECONNREFUSED', 'ECONNRESET'].includes(String(error.code))
      if (!isClosed || systemClock.now() > until)
        throw stepError('BROKER_UNREACHABLE', { address: addressOf(question.port), reason }, { cause: error })
      await systemClock.sleep(againMs, question.signal)
    }
  }
}

async function askOnce({ port, path, secret, headers, signal, withinMs }: Question): Promise<readonly unknown[]> {
  return await new Promise((resolve, reject) => {
    const asking = request(`${addressOf(port)}${path}`, {
      method: 'POST',
      headers: { ...headers, [secretHeader]: secret.reveal() },
      signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      agent: false,
    })
    let text = ''
    const heard = () => {
      const lines = text.split('\n').filter((line) => line !== '')
      return lines.map((line): unknown => JSON.parse(line))
    }
    asking.on('error', (error) => reject(error))
    asking.on('response', (response) => {
      response.setEncoding('utf8')
      response.on('data', (piece: string) => {
        text += piece
        if (text.length > longestAnswer) asking.destroy(new Error('its answer is too long'))
      })
      response.on('error', () => {})
      response.on('close', () => {
        try {
          const answers = heard()
          const [first] = answers
          // A broker that is gone before its last word has said the first one.
          if (isObject(first) && response.statusCode === 200) resolve(answers)
          else reject(new Error(refusalText(response.statusCode, first)))
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)))
        }
      })
    })
    asking.end()
  })
}

function refusalText(status: number | undefined, answer: unknown): string {
  const message = isObject(answer) ? answer['message'] : undefined
  return `it answered HTTP ${status}${typeof message === 'string' ? `: ${message}` : ''}`
}
