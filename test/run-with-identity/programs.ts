import { inject } from 'vitest'
import { root } from '../contract/repository.ts'
import type { LocalTaskRun } from '../sandbox/local-run/run-task.ts'

/** The built programs with a module of `preload/` loaded before them. */
export function withPreload(
  name: 'moving-clock' | 'mortal-broker',
  extraEnv: Readonly<Record<string, string>> = {},
): Pick<LocalTaskRun, 'program' | 'extraEnv'> {
  const file = `${root}/test/run-with-identity/preload/${name}.ts`
  return { program: [process.execPath, '--import', file, inject('stepProgram')], extraEnv }
}
