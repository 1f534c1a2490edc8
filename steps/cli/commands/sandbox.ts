import { stateOption, type Command } from '../command.ts'

/** `sandbox`: the clouds on this machine, until a signal. */
export const sandboxCommand: Command = {
  name: 'sandbox',
  summary: 'Run stand-ins for Entra, AWS STS, ECR and ACR on this machine until Ctrl-C or SIGTERM.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: {
    config: { takes: 'FILE', summary: 'State of the clouds, JSON or YAML. Default: the example.' },
    port: { takes: 'N', summary: 'Port of the proxy on 127.0.0.1. Default: 0, any free one.' },
    state: stateOption,
    'print-config': { summary: 'Print the state that would be in force, as YAML, and exit.' },
  },
  details: [
    'When the clouds answer, one line of JSON goes to standard output (proxy, CA file, hosts of each stand-in, environment, control address, state in force), and to standard error how to point clients at them. The state folder has mode 0700 and holds ca.crt, env.sh (to be sourced) and sandbox.json (mode 0600, with the token of the control address).',
    'Nothing that goes through the proxy leaves this machine: hosts that nobody stands in for are refused. One sandbox runs in a state folder; a second one is refused with exit status 75 while the first lives, and takes over what a dead one has left.',
    'SIGINT, SIGTERM or SIGHUP close everything, remove the state files and end with exit status 0.',
  ],
  examples: [
    'npx tekton-entra sandbox --print-config > clouds.yaml',
    'npx tekton-entra sandbox --config clouds.yaml --port 8443',
  ],
  run: async (given, host) => await (await import('../run-sandbox.ts')).runSandbox(given, host),
}
