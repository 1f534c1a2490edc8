import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskProbe, TaskSidecar } from '../../../steps/lib/catalog/task.ts'
import { makeContainer, probeArgs, type Container, type Surroundings } from './container.ts'
import { startProcess, type Process, type Traces } from './start-process.ts'

/** How a sidecar ended; its status never fails a run. */
export type SidecarExit = Traces & { readonly name: string; readonly status: number }

/** The sidecars of a run, ready for its first step. */
export type Sidecars = {
  /** SIGTERM, once to each. */
  readonly stop: () => void
  /** Stops them, kills those that have not ended in time, and says how each has ended. */
  readonly end: () => Promise<readonly SidecarExit[]>
}

type Running = { readonly name: string; readonly process: Process; hasEnded: boolean }

/** A sidecar's container, with the probes that its first step waits for. */
export type ReadySidecar = {
  readonly spec: TaskSidecar
  readonly container: Container
  readonly probes: readonly Probe[]
}

type Probe = { readonly args: readonly string[]; readonly probe: TaskProbe; readonly isStartup: boolean }

/** Throws when the kubelet could not make the container. */
export function makeSidecar(spec: TaskSidecar, around: Surroundings): ReadySidecar {
  const probes = [spec.startupProbe, spec.readinessProbe].flatMap((probe, index) =>
    probe === undefined
      ? []
      : [{ args: probeArgs(probe.exec?.command ?? [], spec, around), probe, isStartup: index === 0 }],
  )
  return { spec, container: makeContainer(spec, around), probes }
}

/** Starts the sidecars and waits until each is ready, or has ended. One that never is holds the run until it is cancelled, as in a cluster. */
export async function startSidecars(
  specs: readonly ReadySidecar[],
  { run, scratch }: { run: Surroundings['run']; scratch: string },
): Promise<Sidecars> {
  const running = specs.map(({ spec, container }): Running => {
    const sidecar: Running = { name: spec.name, process: startProcess(container, run, scratch), hasEnded: false }
    void sidecar.process.ended.catch(() => undefined).then(() => (sidecar.hasEnded = true))
    return sidecar
  })
  let isStopped = false
  const stop = () => {
    if (!isStopped) for (const { process } of running) process.kill('SIGTERM')
    isStopped = true
  }
  const end = async () => {
    stop()
    const killing = setTimeout(() => {
      for (const { process } of running) process.kill('SIGKILL')
    }, run.graceMilliseconds ?? 30_000)
    const exits = await Promise.all(running.map(exitOf)).finally(() => clearTimeout(killing))
    return exits
  }
  run.onSpawn?.(stop)
  try {
    await Promise.all(
      specs.map(async ({ probes, container }, index) => {
        for (const probe of probes)
          await waitFor(probe, { container, run, scratch, sidecar: running[index], isStopped: () => isStopped })
      }),
    )
  } catch (error) {
    await end()
    throw error
  }
  return { stop, end }
}

type Waiting = {
  readonly container: Container
  readonly run: Surroundings['run']
  readonly scratch: string
  readonly sidecar: Running | undefined
  readonly isStopped: () => boolean
}

/** Runs the probe's program until it succeeds; a startup probe that never does costs the sidecar its life. */
async function waitFor({ args, probe, isStartup }: Probe, waiting: Waiting): Promise<void> {
  const { container, run, scratch, sidecar } = waiting
  await sleep((probe.initialDelaySeconds ?? 0) * 1000)
  for (let failures = 0; sidecar?.hasEnded === false && !waiting.isStopped();) {
    const { code } = await startProcess({ ...container, args }, { ...run, onStderr: () => {} }, scratch).ended
    if (code === 0) return
    failures += 1
    if (isStartup && failures >= (probe.failureThreshold ?? 3)) return sidecar.process.kill('SIGTERM')
    await Promise.race([sleep((probe.periodSeconds ?? 10) * 1000), sidecar.process.ended])
  }
}

async function exitOf({ name, process }: Running): Promise<SidecarExit> {
  const { code, traces } = await process.ended
  return { ...traces, name, status: code ?? 137 }
}
