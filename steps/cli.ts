import { CliError, exits } from './cli/cli-error.ts'
import type { Command } from './cli/command.ts'
import { commandHelp, programHelp } from './cli/help.ts'
import { logOf, print } from './cli/print.ts'
import { readArguments } from './cli/read-arguments.ts'
import { version } from './lib/core/version.ts'
import { suggestion } from '../test/sandbox/nearest-name.ts'

/** The commands. What a command needs is loaded only when it is called. */
const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  sandbox: {
    summary: 'Run the clouds on this machine until Ctrl-C.',
    load: async () => (await import('./cli/commands/sandbox.ts')).sandboxCommand,
  },
  token: {
    summary: 'Mint a projected service-account token of the running sandbox.',
    load: async () => (await import('./cli/commands/token.ts')).tokenCommand,
  },
  task: {
    summary: 'Run a Task of this repository, against the sandbox or the real clouds.',
    load: async () => (await import('./cli/commands/task.ts')).taskCommand,
  },
  lint: {
    summary: 'Check your own YAML where it calls Tasks of this repository.',
    load: async () => (await import('./cli/commands/lint.ts')).lintCommand,
  },
  approve: {
    summary: 'Approve a run that waits for it.',
    load: async () => (await import('./cli/commands/answer-command.ts')).answerCommand('approve'),
  },
  reject: {
    summary: 'Reject a run that waits for approval.',
    load: async () => (await import('./cli/commands/answer-command.ts')).answerCommand('reject'),
  },
  'check-trust': {
    summary: 'Say of everything that a pod is trusted by how it stands, and what to create.',
    load: async () => (await import('./cli/commands/check-trust.ts')).checkTrustCommand,
  },
  'print-trust': {
    summary: 'Print everything that must exist before pipelines can push.',
    load: async () => (await import('./cli/commands/print-trust.ts')).printTrustCommand,
  },
  'fault add': {
    summary: 'Let requests to the running sandbox go wrong.',
    load: async () => (await import('./cli/commands/fault-add.ts')).faultAddCommand,
  },
  'fault list': {
    summary: 'Show the faults that are on.',
    load: async () => (await import('./cli/commands/fault-list.ts')).faultListCommand,
  },
  'fault clear': {
    summary: 'Switch faults off again.',
    load: async () => (await import('./cli/commands/fault-list.ts')).faultClearCommand,
  },
  log: {
    summary: 'Show what each stand-in was asked, checked and refused.',
    load: async () => (await import('./cli/commands/log.ts')).logCommand,
  },
}

/** Runs the command line and gives its exit status; it never throws. */
async function main(host: NodeJS.Process): Promise<number> {
  // A reader that is gone takes the rest of the text with it, not the work.
  host.stdout.on('error', () => {})
  host.stderr.on('error', () => {})
  const args = host.argv.slice(2)
  try {
    return await callCommand(args[0] === 'help' ? [...args.slice(1), '--help'] : args, host)
  } catch (error) {
    return tell(error, host)
  }
}

async function callCommand(args: readonly string[], host: NodeJS.Process): Promise<number> {
  const [first = '', second = ''] = args
  if (first === '--version') return await printAnd(`${version}\n`, host)
  if (first === '--help' || first === '-h') return await printAnd(helpOf(''), host)
  if (first === '') return tellHelp(host)
  const isGroup = namesIn(first).length > 0
  if (isGroup && (second === '--help' || second === '-h')) return await printAnd(helpOf(first), host)
  const name = isGroup ? `${first} ${second}` : first
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (entry === undefined) throw unknownCommand(first, second)
  const command = await entry.load()
  const { given, asksForHelp, faults } = readArguments(command, args.slice(isGroup ? 2 : 1))
  if (asksForHelp) return await printAnd(commandHelp(command, (await command.moreHelp?.(given)) ?? ''), host)
  if (faults.length > 0) throw new CliError(faults, { remedy: `npx tekton-entra ${name} --help` })
  return await command.run(given, host)
}

/** The second words of the commands that begin with this one. */
function namesIn(group: string): readonly string[] {
  return Object.keys(commands).flatMap((name) => (name.startsWith(`${group} `) ? [name.slice(group.length + 1)] : []))
}

function unknownCommand(first: string, second: string): CliError {
  const inGroup = namesIn(first)
  const isGroup = inGroup.length > 0
  const known = isGroup ? inGroup : [...new Set(Object.keys(commands).map((name) => name.split(' ')[0] ?? ''))]
  const text = isGroup && second === '' ? `${first} needs one of: ${known.join(', ')}` : undefined
  const unknown = `unknown command "${isGroup ? `${first} ${second}` : first}"; ${suggestion(isGroup ? second : first, known)}`
  return new CliError([text ?? unknown], { remedy: `npx tekton-entra${isGroup ? ` ${first}` : ''} --help` })
}

function helpOf(group: string): string {
  const listed = Object.entries(commands).map(([name, { summary }]) => ({ name, summary }))
  const inGroup = listed.filter(({ name }) => name.startsWith(`${group} `))
  return programHelp(
    group === '' ? listed : inGroup.map((one) => ({ ...one, name: one.name.slice(group.length + 1) })),
    group,
  )
}

async function printAnd(text: string, host: NodeJS.Process): Promise<number> {
  await print(host, text)
  return 0
}

function tellHelp(host: NodeJS.Process): number {
  host.stderr.write(helpOf(''))
  return exits.usage
}

function tell(error: unknown, host: NodeJS.Process): number {
  const log = logOf(host)
  if (error instanceof CliError) {
    for (const fault of error.faults) log.line('error', fault)
    if (error.remedy !== undefined) log.line('try', error.remedy)
    return error.exit
  }
  log.line('bug', error instanceof Error ? (error.stack ?? error.message) : String(error))
  return exits.internal
}

// A handle that is still open (a keep-alive connection, an idle watch) must not keep a command that is done.
process.exit(await main(process))
