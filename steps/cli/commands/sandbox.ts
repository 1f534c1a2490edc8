import { stateOption, type Command } from '../command.ts'
import { listenOptions } from '../listen-options.ts'

/** `sandbox`: the clouds on this machine, until a signal. */
export const sandboxCommand: Command = {
  name: 'sandbox',
  summary: 'Run stand-ins for Entra, AWS STS, ECR and ACR on this machine until Ctrl-C or SIGTERM.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: {
    config: { takes: 'FILE', summary: 'State of the clouds, JSON or YAML. Default: the example.' },
    ...listenOptions,
    remember: {
      takes: 'WHAT',
      oneOf: ['recent', 'everything'],
      summary:
        'How much of the journal, secrets, sessions and passwords is kept: the newest 10000 of each, or everything, which a scan for secrets wants. Default: recent.',
    },
    state: stateOption,
    'print-config': { summary: 'Print the state that would be in force, as YAML, and exit.' },
  },
  details: [
    'When the clouds answer, one line of JSON goes to standard output (proxy, CA, hosts of each stand-in, environment, control address, state in force), and to standard error how to point clients at them. The state folder has mode 0700 and holds ca.crt, env.sh (to be sourced) and sandbox.json (mode 0600, with the token of the control address).',
    'Nothing that goes through the proxy leaves this machine: hosts that nobody stands in for are refused. One sandbox runs in a state folder; a second one is refused with exit status 75 while the first lives, and takes over what a dead one has left.',
    'The control address says what the clouds hold and moves their clock: test/sandbox/README.md lists its requests, and says how the sandbox runs in a cluster.',
    'SIGINT, SIGTERM or SIGHUP close everything, remove the state files and end with exit status 0.',
  ],
  examples: [
    'npx tekton-entra sandbox --print-config > clouds.yaml',
    'npx tekton-entra sandbox --config clouds.yaml --port 8443',
  ],
  run: async (given, host) => await (await import('../run-sandbox.ts')).runSandbox(given, host),
}
