import { text } from 'node:stream/consumers'
import { CliError } from '../cli-error.ts'
import { readTextFile } from '../clouds.ts'
import { stateOption, type Command, type Given } from '../command.ts'
import { askOrThrow } from '../control-client.ts'
import { faultOptions, kindTable, ruleOf, saysRule } from '../fault-options.ts'
import { printJson } from '../print.ts'
import { requireSandbox, stateFolder } from '../state-folder.ts'

/** `fault add`: faults of the running sandbox, by options or as JSON. */
export const faultAddCommand: Command = {
  name: 'fault add',
  summary: 'Let requests to the running sandbox go wrong.',
  usage: '[--kind KIND …] | [--json RULES] | [--file FILE]',
  positionals: { least: 0, most: 0 },
  options: {
    ...faultOptions,
    json: { takes: 'RULES', summary: 'A rule as JSON, or a list of them.' },
    file: { takes: 'FILE', summary: 'The same from a file; - is standard input.' },
    state: stateOption,
  },
  details: [
    'Everything that a rule says must fit a request for it to be befallen; the earliest rule wins. Standard output gets the ids: {"ids":["f1"]}.',
  ],
  examples: [
    'npx tekton-entra fault add --kind propagation --times 2',
    'npx tekton-entra fault add --kind entra-outage --turns fails,works',
    'npx tekton-entra fault add --stand-in sts --kind status --status 503 --retry-after 2 --times 1',
    `npx tekton-entra fault add --json '{"host":"contoso.azurecr.io","method":"PUT","fault":{"kind":"reset-before"}}'`,
  ],
  moreHelp: async () => kindTable(),
  run: async (given, host) => {
    const rules = await readRules(given, host)
    const sandbox = await requireSandbox(stateFolder(given.text('state'), host.env))
    await printJson(host, await askOrThrow(sandbox, { method: 'POST', path: '/faults', body: rules }))
    return 0
  },
}

async function readRules(given: Given, host: NodeJS.Process): Promise<unknown> {
  const [json, file] = [given.text('json'), given.text('file')]
  const ways = [saysRule(given), json !== undefined, file !== undefined].filter(Boolean).length
  if (ways !== 1) {
    const faults = [
      ways === 0
        ? 'nothing says which fault: --kind, --json or --file'
        : 'a rule comes by options, by --json or by --file: give one',
    ]
    throw new CliError(faults, { remedy: 'npx tekton-entra fault add --help' })
  }
  if (json !== undefined) return parseJson('--json', json)
  if (file !== undefined) return parseJson(file, file === '-' ? await text(host.stdin) : await readTextFile(file))
  if (given.text('kind') === undefined)
    throw new CliError(['--kind is missing: what goes wrong'], { remedy: 'npx tekton-entra fault add --help' })
  if (given.text('path') !== undefined && given.text('path-pattern') !== undefined) {
    throw new CliError(['--path and --path-pattern say the same: give one'])
  }
  return ruleOf(given)
}

function parseJson(name: string, json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    throw new CliError([`${name}: no JSON (${error instanceof Error ? error.message : String(error)})`])
  }
}
