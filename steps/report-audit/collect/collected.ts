import type { Evidence } from '../model/evidence.ts'

/** What one source gives; several add up. */
export type Collected = Pick<Evidence, 'run' | 'taskRuns' | 'pods' | 'lines' | 'gaps'>

/** All of several sources. An object that two of them have is taken once, from the first. */
export function addUp(all: readonly Collected[]): Collected {
  const taskRuns = all.flatMap((one) => one.taskRuns)
  const pods = all.flatMap((one) => one.pods ?? [])
  return {
    run: all.find(({ run }) => run !== undefined)?.run,
    taskRuns: taskRuns.filter((one, index) => taskRuns.findIndex(({ uid }) => uid === one.uid) === index),
    pods: all.some((one) => one.pods !== undefined)
      ? pods.filter((one, index) => pods.findIndex(({ uid }) => uid === one.uid) === index)
      : undefined,
    lines: all.flatMap(({ lines }) => lines),
    gaps: all.flatMap(({ gaps }) => gaps),
  }
}
