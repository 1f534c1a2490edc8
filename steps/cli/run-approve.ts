import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline/promises'
import { encodeAnswer } from '../lib/approval/approval-answer.ts'
import { answerKey, decodeRequest, type ApprovalRequest, type Decision } from '../lib/approval/approval-request.ts'
import { printable } from '../lib/core/errors.ts'
import { decodeToken, textClaim } from '../lib/core/jwt.ts'
import { version } from '../lib/core/version.ts'
import { createHttpClient } from '../lib/http/client.ts'
import type { Log } from '../lib/step/log.ts'
import { deliver, patchOf } from './approve/deliver.ts'
import { signIn } from './approve/sign-in.ts'
import { CliError } from './cli-error.ts'
import type { Given, Option } from './command.ts'
import { watchForEnd } from './ending.ts'
import { logOf, print } from './print.ts'

/** Options of both commands. */
export const approveOptions: Readonly<Record<string, Option>> = {
  context: { takes: 'NAME', summary: 'Context of kubectl. Default: the one that is current.' },
  print: { summary: 'Write the patch of the ConfigMap to standard output, in place of calling kubectl.' },
  'no-browser': { summary: 'Print the address to sign in at, and open no browser.' },
  yes: { summary: 'Do not ask at the terminal; the browser still does.' },
}

/** Shows the request, signs the person in for the decision, and puts the answer where the run looks for it. */
export async function runApprove(decision: Decision, given: Given, host: NodeJS.Process): Promise<number> {
  const log = logOf(host)
  const [word = ''] = given.positionals
  const request = readRequest(word)
  tell(request, log)
  if (!given.flag('yes')) await confirm(decision, host)
  const ending = watchForEnd(host)
  const http = createHttpClient({ userAgent: `tekton-entra/${version} ${decision}`, proxy: proxyOf(host.env) })
  try {
    const show = (url: URL) => {
      log.line('sign in', `  ${url.href}`)
      if (!given.flag('no-browser')) openBrowser(url, host.platform)
    }
    const idToken = await signIn({ request, word, decision, http, signal: ending.signal, show })
    const { claims = {} } = decodeToken(idToken.reveal()) ?? {}
    log.line('you are', `${printable(textClaim(claims, 'name'))} (${textClaim(claims, 'oid')})`)
    const [key, answer] = [answerKey(word), await encodeAnswer(request, { decision, idToken })]
    if (given.flag('print')) await print(host, `${patchOf(key, answer)}\n`)
    else await deliver({ request, key, answer, context: given.text('context'), env: host.env })
    const place = `the ConfigMap ${request.run.namespace}/${request.configMap}`
    log.line(
      'done',
      given.flag('print') ? `not delivered yet: the patch goes into ${place}` : `your answer is in ${place}`,
    )
    return 0
  } finally {
    http.close()
    ending.stop()
  }
}

function readRequest(word: string): ApprovalRequest {
  const request = decodeRequest(word)
  if (request === undefined)
    throw new CliError(['that is no request for approval'], {
      remedy: 'paste the whole command that the step await-approval has printed',
    })
  if (Date.parse(request.deadline) > Date.now()) return request
  throw new CliError([`the run waited until ${request.deadline}; nobody looks for an answer any more`])
}

/** Whoever sent the request wrote this: the run's own log and the image are what it has to agree with. */
function tell({ run, image, deadline, tenantId, clientId }: ApprovalRequest, log: Log): void {
  log.line('run', `${run.kind} ${run.namespace}/${run.name}, uid ${run.uid}`)
  log.line('image', image)
  log.line('until', deadline)
  log.line('tenant', `${tenantId}, client ${clientId}`)
}

async function confirm(decision: Decision, host: NodeJS.Process): Promise<void> {
  if (!host.stdin.isTTY)
    throw new CliError(['there is no terminal to ask at'], { remedy: 'look at the request, and call again with --yes' })
  const terminal = createInterface({ input: host.stdin, output: host.stderr })
  const answer = await terminal.question(`${decision} this run? Type ${decision} to go on: `)
  terminal.close()
  if (answer.trim() !== decision) throw new CliError(['nothing was decided'])
}

function proxyOf(env: NodeJS.ProcessEnv): { httpsProxy: string; noProxy: string } {
  const of = (name: string) => env[name.toUpperCase()] ?? env[name] ?? ''
  return { httpsProxy: of('https_proxy'), noProxy: of('no_proxy') }
}

/** Best effort: the address stands on the terminal in any case. */
function openBrowser(url: URL, platform: NodeJS.Platform): void {
  const openers: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' }
  const child = spawn(openers[platform] ?? 'xdg-open', [url.href], { stdio: 'ignore', detached: true })
  child.on('error', () => {})
  child.unref()
}
