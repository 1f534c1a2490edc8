import { stateOption, type Command } from '../command.ts'
import { wrap } from '../help.ts'

/** `task`: a Task of the repository by the local run. */
export const taskCommand: Command = {
  name: 'task',
  summary: 'Run a Task of this repository on this machine. Its YAML is what runs; it is not Tekton.',
  usage: 'NAME [options]',
  positionals: { least: 1, most: 1 },
  options: {
    param: { takes: 'NAME=VALUE', many: true, short: 'p', summary: 'A param; of a list, once for each entry.' },
    workspace: { takes: 'NAME=DIR', many: true, short: 'w', summary: 'A workspace.' },
    'service-account': { takes: 'NS/NAME', summary: 'Who runs it. Default: the first that the clouds trust.' },
    profile: {
      takes: 'FILE',
      summary: 'Identity profile: a ConfigMap or its keys. Default: from the state of the clouds.',
    },
    state: stateOption,
    fresh: { summary: 'On clouds of its own that live as long as the run, in the state of the example.' },
    config: { takes: 'FILE', summary: 'The same, in this state.' },
    real: { summary: 'On the real clouds.' },
    'token-file': { takes: 'FILE', summary: 'With --real: the projected token.' },
    'like-tekton': { summary: 'Drop params that the Task does not declare without a word, as Tekton does.' },
    output: { takes: 'FORM', oneOf: ['json', 'text'], summary: 'What goes to standard output. Default: json.' },
  },
  details: [
    'Standard error has what the steps say, as they say it. Standard output gets one JSON object at the end: results, the record of each step, exit codes; with --output text the results alone, NAME=VALUE.',
    'A comma separates no list entries; NAME= is the empty text, or the empty list. A dry run is a param of the Task: --param dry-run=true.',
    'Against the sandbox its proxy and CA take the place of those of the profile, so nothing leaves this machine. With --real neither is set but by the profile, and the token comes from --token-file, whatever audience and life the Task asks for.',
    'Exit status: that of the step that failed (77 refused, 75 the other side is unavailable, 143 cancelled, 64 its inputs), or 0. A signal is passed on to the step.',
  ],
  examples: [
    'npx tekton-entra task push-image --help',
    'npx tekton-entra task push-image -p image=contoso.azurecr.io/shop/web:1 -w source=./image',
    'npx tekton-entra task push-image --real --token-file token --profile identity.yaml -p image=… -w source=./image',
  ],
  moreHelp: async ({ positionals: [name] }) => {
    const { readTask, taskHelp, taskNames } = await import('../tasks.ts')
    return name === undefined ? wrap(`Tasks: ${taskNames().join(', ')}`).join('\n') : taskHelp(readTask(name))
  },
  run: async (given, host) => await (await import('../run-task-command.ts')).runTaskCommand(given, host),
}
