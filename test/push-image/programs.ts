import { inject } from 'vitest'
import type { LocalTaskRun } from '../sandbox/local-run/run-task.ts'
import { root } from '../contract/repository.ts'

type Preload = 'hurry' | 'impatient' | 'skewed-clock' | 'fast-time' | 'loopback-names' | 'plant-links' | 'full-scratch'

/** The built step program with modules of `preload/` loaded before it. */
export function programWith(...preloads: readonly Preload[]): Pick<LocalTaskRun, 'program'> {
  const imports = preloads.flatMap((name) => ['--import', `${root}/test/push-image/preload/${name}.ts`])
  return { program: [process.execPath, ...imports, inject('stepProgram')] }
}

/** The built step program, whose waits between attempts are as short as chance may make them. */
export function inAHurry(): Pick<LocalTaskRun, 'program'> {
  return programWith('hurry')
}
