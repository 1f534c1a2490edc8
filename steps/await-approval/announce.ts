import type { ApprovalRequest } from '../lib/approval/approval-request.ts'
import { stepError } from '../lib/core/errors.ts'
import { retry } from '../lib/core/retry.ts'
import { retryAfterMs } from '../lib/http/retry-after.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import type { Services } from '../lib/step/step-call.ts'
import type { step } from './step.ts'

type Asked = { readonly request: ApprovalRequest; readonly word: string }

/** Says in the log, and to the webhook, what is asked and how to answer. Throws APPROVAL_WEBHOOK_FAILED, NETWORK_*. */
export async function announce(asked: Asked, inputs: InputsOf<typeof step>, services: Services): Promise<void> {
  const { log } = services
  const { request, word } = asked
  log.line('waiting', `until ${request.deadline} for somebody to approve ${request.image}`)
  // Two blanks at the beginning: what is pasted stays on its line.
  log.line('approve', `  npx tekton-entra approve ${word}`)
  log.line('reject', `  npx tekton-entra reject ${word}`)
  if (inputs.webhook !== undefined) await post(inputs.webhook, asked, services)
}

async function post(webhook: string, { request, word }: Asked, services: Services): Promise<void> {
  const patience = services.patience(0)
  const { kind, namespace, name } = request.run
  const text = `${kind} ${namespace}/${name} waits until ${request.deadline} for approval of ${request.image}\nnpx tekton-entra approve ${word}`
  await retry(patience, async () => {
    const { status, headers } = await services.http.send({
      method: 'POST',
      url: new URL(webhook),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text, request: word, run: request.run, image: request.image, deadline: request.deadline }),
      signal: patience.signal,
    })
    if (status >= 200 && status < 300) return
    const options = { retryAfterMs: retryAfterMs(headers['retry-after'], patience.clock.now()) }
    throw stepError('APPROVAL_WEBHOOK_FAILED', { webhook, status: String(status) }, options)
  })
  services.log.line('webhook', `the request was posted to ${webhook}`)
}
