import type { Command } from '../command.ts'

/** `lint`: the user's own YAML against what our Tasks and StepActions take and give. */
export const lintCommand: Command = {
  name: 'lint',
  summary: 'Check your own YAML where it calls Tasks and StepActions of this repository.',
  usage: 'FILE… [options]',
  positionals: { least: 1, most: Infinity },
  options: {
    output: {
      takes: 'FORM',
      oneOf: ['text', 'json', 'sarif'],
      summary: 'What goes to standard output. Default: text.',
    },
  },
  details: [
    'A file may hold several documents; of a folder every *.yaml and *.yml below it is read that speaks of Tekton; - is standard input. What is looked at: Tasks, Pipelines, TaskRuns and PipelineRuns, also in a List or a TriggerTemplate.',
    'Ours is what taskRef or the ref of a step names: by its name, unless the files define another object of that name; or by the resolver, when bundle, catalog or repository is called tekton-entra.',
    'Nothing is asked of a cluster or a cloud. What looks like a secret is never printed.',
    'Exit status: 0 nothing found, 1 something found, 64 a wrong call, or a file that cannot be read.',
  ],
  examples: [
    'npx tekton-entra lint .tekton pipelines/release.yaml',
    'kubectl get pipelines -o yaml | npx tekton-entra lint -',
    'npx tekton-entra lint --output sarif .tekton > lint.sarif',
  ],
  run: async (given, host) => await (await import('../run-lint.ts')).runLint(given, host),
}
