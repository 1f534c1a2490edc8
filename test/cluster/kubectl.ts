import { join } from 'node:path'
import { mustRun, runProgram, type Ran } from './run-program.ts'

/** Asks one cluster's API server, from this machine. */
export type Kubectl = {
  /** What every command line of it begins with. */
  readonly program: readonly string[]
  /** Gives what the command ended with, whatever that is. */
  try(args: readonly string[], input?: string): Promise<Ran>
  /** Gives standard output; throws a `CliError` when the command fails. */
  run(args: readonly string[], input?: string): Promise<string>
  /** The object, or undefined when it is not there (or the server is not). */
  get<T>(args: readonly string[]): Promise<T | undefined>
  /** Applies objects by server-side apply: some of Tekton's are too big for the other kind. */
  apply(objects: readonly unknown[]): Promise<void>
}

/** The `kubectl` of a folder of programs, for the cluster of a kubeconfig. */
export function kubectlFor(programs: string, kubeconfig: string): Kubectl {
  return kubectlOf([join(programs, 'kubectl'), `--kubeconfig=${kubeconfig}`])
}

/** The `kubectl` that a command line begins with: the program, and which cluster it asks. */
export function kubectlOf(program: readonly string[]): Kubectl {
  const options = (input?: string) => (input === undefined ? {} : { input })
  const run: Kubectl['run'] = (args, input) => mustRun([...program, ...args], options(input))
  return {
    program,
    run,
    try: (args, input) => runProgram([...program, ...args], options(input)),
    get: async <T>(args: readonly string[]) => {
      const { status, stdout } = await runProgram([...program, 'get', ...args, '-o', 'json'])
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return status === 0 ? (JSON.parse(stdout) as T) : undefined
    },
    apply: async (objects) => {
      const list = { apiVersion: 'v1', kind: 'List', items: objects }
      await run(['apply', '--server-side', '--force-conflicts', '-f', '-'], JSON.stringify(list))
    },
  }
}
