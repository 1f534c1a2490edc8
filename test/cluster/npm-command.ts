import { CliError, exits } from '../../steps/cli/cli-error.ts'
import type { Command } from '../../steps/cli/command.ts'
import { table } from '../../steps/cli/help.ts'
import { logOf, print } from '../../steps/cli/print.ts'
import { optionsOf, readArguments } from '../../steps/cli/read-arguments.ts'

/** Runs what `npm run <command> --` calls, and gives its exit status; it never throws. */
export async function runNpmCommand(command: Command, host: NodeJS.Process): Promise<number> {
  try {
    return await act(command, host)
  } catch (error) {
    const log = logOf(host)
    if (!(error instanceof CliError)) {
      log.line('bug', error instanceof Error ? (error.stack ?? error.message) : String(error))
      return exits.internal
    }
    for (const fault of error.faults) log.line('error', fault)
    if (error.remedy !== undefined) log.line('try', error.remedy)
    return error.exit
  }
}

async function act(command: Command, host: NodeJS.Process): Promise<number> {
  const { given, asksForHelp, faults } = readArguments(command, host.argv.slice(2))
  if (asksForHelp) {
    await print(host, helpText(command))
    return 0
  }
  if (faults.length > 0) throw new CliError(faults, { remedy: `npm run ${command.name} -- --help` })
  return await command.run(given, host)
}

function helpText(command: Command): string {
  const rows = Object.entries(optionsOf(command)).map(([name, { takes, summary }]) => {
    return [`--${name}${takes === undefined ? '' : ` ${takes}`}`, summary] as const
  })
  const usage = `Usage: npm run ${command.name} -- ${command.usage}`
  return [usage, '', command.summary, '', 'Options:', ...table(rows), ''].join('\n')
}
