import type { ServerResponse } from 'node:http'
import { escapeHtml } from '../../../steps/lib/core/escape-html.ts'
import type { World } from '../world.ts'
import { answerDeviceCode } from './device-code.ts'
import { answerPage } from './pages.ts'

/** The page where a person types in a device code: shown on GET, taken on POST (`code`, `upn`, `decision`). */
export function answerDeviceLogin(
  world: World,
  response: ServerResponse,
  form: ReadonlyMap<string, string> | undefined,
): string | undefined {
  if (form === undefined) {
    answerPage(response, { status: 200, title: 'Enter code', body: codeForm(world) })
    return undefined
  }
  const upn = form.get('upn') ?? ''
  const answer = form.get('decision') === 'decline' ? 'decline' : { upn }
  const failure = answerDeviceCode(world, form.get('code') ?? '', answer)
  const body = `<p>${escapeHtml(failure ?? 'You can close this window now.')}</p>`
  answerPage(response, { status: failure === undefined ? 200 : 400, title: 'Device login', body })
  return failure
}

function codeForm(world: World): string {
  const users = world.config.tenants.flatMap((tenant) => tenant.users ?? [])
  const options = users.map(({ upn }) => `<option>${escapeHtml(upn)}</option>`).join('')
  return `<form method="post"><label>Code <input name="code"></label> <label>As <select name="upn">${options}</select></label>
<button name="decision" value="approve">Approve</button> <button name="decision" value="decline">Decline</button></form>`
}
