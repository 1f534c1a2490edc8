import type { TimedEntry } from '../../../test/sandbox/control/watched-journal.ts'
import { suggestion } from '../../../test/sandbox/nearest-name.ts'
import { CliError, exits } from '../cli-error.ts'
import { stateOption, type Command, type Given } from '../command.ts'
import { open } from '../control-client.ts'
import { watchForEnd } from '../ending.ts'
import { print } from '../print.ts'
import { requireSandbox, stateFolder, type StateFile } from '../state-folder.ts'

/** `log`: what each stand-in was asked. */
export const logCommand: Command = {
  name: 'log',
  summary: 'Show what each stand-in of the running sandbox was asked, what it checked, and why it refused.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: {
    follow: { short: 'f', summary: 'Go on until the sandbox ends, or Ctrl-C.' },
    'stand-in': { takes: 'NAME', many: true, summary: 'Only this one, such as entra or sts.' },
    refused: { summary: 'Only what was refused.' },
    json: { summary: 'One JSON object a line.' },
    state: stateOption,
  },
  details: ['An entry holds no secret. The sandbox keeps the newest 10000. Exit status 0, also when a signal ends it.'],
  examples: ['npx tekton-entra log --follow --refused', 'npx tekton-entra log --stand-in entra --json | jq .checks'],
  run: async (given, host) => {
    const sandbox = await requireSandbox(stateFolder(given.text('state'), host.env))
    refuseUnknown(given.texts('stand-in'), sandbox)
    const ending = watchForEnd(host)
    try {
      await show(given, host, { sandbox, signal: ending.signal })
    } finally {
      ending.stop()
    }
    return 0
  },
}

type Showing = { readonly sandbox: StateFile; readonly signal: AbortSignal }

async function show(given: Given, host: NodeJS.Process, { sandbox, signal }: Showing): Promise<void> {
  // A reader that has gone (`| head`) ends it too: nobody would ever tell a quiet log.
  const unread = new AbortController()
  host.stdout.once('error', () => unread.abort())
  const path = `/journal${given.flag('follow') ? '?follow=1' : ''}`
  const stopped = AbortSignal.any([signal, unread.signal])
  try {
    const stream = await open(sandbox, { method: 'GET', path }, stopped)
    for await (const line of linesOf(stream)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      const entry = JSON.parse(line) as TimedEntry
      if (isWanted(entry, given)) await print(host, given.flag('json') ? `${line}\n` : asText(entry))
    }
  } catch (error) {
    // The sandbox that ends cuts its followers off: that is the end of the log, no fault.
    const isEnd = stopped.aborted || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET')
    if (!isEnd) throw new CliError([`the log broke off: ${String(error)}`], { exit: exits.unavailable })
  }
}

async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0)
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk])
    const end = bytes.lastIndexOf(0x0a) + 1
    rest = bytes.subarray(end)
    yield* bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1)
  }
}

/** The proxy books too: requests that no stand-in saw. */
function refuseUnknown(wanted: readonly string[], { hosts }: StateFile): void {
  const known = [...Object.keys(hosts), 'proxy']
  const unknown = wanted.filter((name) => !known.includes(name))
  if (unknown.length === 0) return
  throw new CliError(unknown.map((name) => `--stand-in: there is no "${name}"; ${suggestion(name, known)}`))
}

function isWanted(entry: TimedEntry, given: Given): boolean {
  const standIns = given.texts('stand-in')
  if (given.flag('refused') && entry.refused === undefined) return false
  return standIns.length === 0 || standIns.includes(entry.standIn)
}

/** One line, and one for each check. */
function asText(entry: TimedEntry): string {
  const { at, standIn, host, method, path, status, operation, refused, checks = [] } = entry
  const words = [at.slice(11, 23), standIn.padEnd(12), String(status).padEnd(3), method, `${host}${path}`]
  const more = [operation, refused === undefined ? undefined : `refused: ${refused}`].filter(
    (word) => word !== undefined,
  )
  return [[...words, ...more].join(' '), ...checks.map((check) => `${' '.repeat(13)}${check}`), ''].join('\n')
}
