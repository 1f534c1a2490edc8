import type { Command } from '../../steps/cli/command.ts'
import { optionsOf } from '../../steps/cli/read-arguments.ts'
import { table } from '../../steps/cli/help.ts'
import { tektonVersions } from './tekton-release.ts'

/** What `npm run cluster --` takes. */
export const clusterCommand: Command = {
  name: 'cluster',
  summary:
    'A Kubernetes of one node, with Tekton, on this machine, for the tests: Linux, root and Go, no container engine.',
  usage: 'up|down|status [options]',
  positionals: { least: 1, most: 1 },
  options: {
    state: { takes: 'DIR', summary: 'State folder; one cluster in each. Default: ~/.cache/tekton-entra/cluster.' },
    tekton: {
      takes: 'VERSION',
      summary: `Release of Tekton, or none. Default: ${tektonVersions.newest}, the newest LTS; the oldest is ${tektonVersions.oldest}.`,
    },
    'tekton-dir': {
      takes: 'DIR',
      summary:
        'Folder with its release.yaml and images. Default: TEKTON_DIR, else ~/.cache/tekton-entra/tekton-VERSION, fetched when absent.',
    },
  },
  details: [],
  examples: [],
  run: async () => 0,
}

/** Help of the command. */
export function helpText(): string {
  const rows = Object.entries(optionsOf(clusterCommand)).map(([name, { takes, summary }]) => {
    return [`--${name}${takes === undefined ? '' : ` ${takes}`}`, summary] as const
  })
  const usage = `Usage: npm run cluster -- ${clusterCommand.usage}`
  return [usage, '', clusterCommand.summary, '', 'Options:', ...table(rows), ''].join('\n')
}
