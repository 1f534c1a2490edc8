import type { Place } from '../canary.ts'
import type { LocalTaskResult } from './run-task.ts'

/** Everywhere that a run could have let a secret slip: output, arguments, environment, results, files that it left behind. */
export function placesOf({ steps, sidecars, statusResults, leftFiles }: LocalTaskResult): Place[] {
  return [
    ...[...steps, ...sidecars].flatMap(({ stdout, stderr, argv, env }) => [
      { where: 'standard output', text: stdout },
      { where: 'standard error', text: stderr },
      { where: 'argv', text: argv.join('\n') },
      { where: 'environment', text: Object.values(env).join('\n') },
    ]),
    { where: 'results', text: Object.values(statusResults).join('\n') },
    ...leftFiles.map(({ path, text }) => ({ where: `file ${path}`, text })),
  ]
}
