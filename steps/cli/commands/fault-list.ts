import type { SwitchedFault } from '../../../test/sandbox/control/switched-faults.ts'
import { CliError } from '../cli-error.ts'
import { stateOption, type Command } from '../command.ts'
import { askOrThrow } from '../control-client.ts'
import { printJson } from '../print.ts'
import { requireSandbox, stateFolder, type StateFile } from '../state-folder.ts'

/** `fault list`: the faults that are on. */
export const faultListCommand: Command = {
  name: 'fault list',
  summary: 'Show the faults that were switched on and not off again, as JSON.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: { state: stateOption },
  details: ['A fault with `times` stays in the list when its times are over: it befalls nothing more.'],
  examples: ['npx tekton-entra fault list | jq .faults[].id'],
  run: async (given, host) => {
    const sandbox = await requireSandbox(stateFolder(given.text('state'), host.env))
    await printJson(host, await askOrThrow(sandbox, { method: 'GET', path: '/faults' }))
    return 0
  },
}

/** `fault clear`: some faults off, or all. */
export const faultClearCommand: Command = {
  name: 'fault clear',
  summary: 'Switch faults of the running sandbox off: those with these ids, or all.',
  usage: '[ID …] [options]',
  positionals: { least: 0, most: Infinity },
  options: { state: stateOption },
  details: ['Standard output says how many were on: {"cleared":1}. An id that is not there is refused.'],
  examples: ['npx tekton-entra fault clear f1 f2', 'npx tekton-entra fault clear'],
  run: async (given, host) => {
    const sandbox = await requireSandbox(stateFolder(given.text('state'), host.env))
    await refuseUnknown(given.positionals, sandbox)
    const paths = given.positionals.map((id) => `/faults/${encodeURIComponent(id)}`)
    let cleared = 0
    for (const path of paths.length === 0 ? ['/faults'] : paths) {
      cleared += Number((await askOrThrow(sandbox, { method: 'DELETE', path }))['cleared'])
    }
    await printJson(host, { cleared })
    return 0
  },
}

async function refuseUnknown(ids: readonly string[], sandbox: StateFile): Promise<void> {
  const { faults } = await askOrThrow(sandbox, { method: 'GET', path: '/faults' })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const known = (faults as readonly SwitchedFault[]).map(({ id }) => id)
  const unknown = ids.filter((id) => !known.includes(id))
  if (unknown.length > 0)
    throw new CliError(unknown.map((id) => `there is no fault ${id}; on are: ${known.join(' ') || 'none'}`))
}
