import { constants } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TaskProbe, TaskSidecar } from '../../../steps/lib/catalog/task.ts'
import { makeContainer, probeArgs, type Container, type Surroundings } from './container.ts'
import type { LocalTaskRun } from './run-task.ts'
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

/** A sidecar's container, with the probes that the first step waits for. */
export type ReadySidecar = { readonly container: Container; readonly probes: readonly Probe[] }

type Running = ReadySidecar & { readonly process: Process; hasEnded: boolean }

type Probe = { readonly args: readonly string[]; readonly probe: TaskProbe; readonly isStartup: boolean }

/** Throws when the kubelet could not make the container. */
export function makeSidecar(spec: TaskSidecar, around: Surroundings): ReadySidecar {
  const probes = [spec.startupProbe, spec.readinessProbe].flatMap((probe, index) =>
    probe === undefined
      ? []
      : [{ args: probeArgs(probe.exec?.command ?? [], spec, around), probe, isStartup: index === 0 }],
  )
  return { container: makeContainer(spec, around), probes }
}

/** Starts the sidecars and waits until each is ready, or has ended. One that never is holds the run until it is cancelled, as in a cluster. */
export async function startSidecars(
  ready: readonly ReadySidecar[],
  place: { readonly run: LocalTaskRun; readonly scratch: string },
): Promise<Sidecars> {
  const running = ready.map((sidecar) => start(sidecar, place))
  let isStopped = false
  const stop = () => {
    if (!isStopped) for (const { process } of running) process.kill('SIGTERM')
    isStopped = true
  }
  const end = async () => {
    stop()
    const kill = () => running.forEach(({ process }) => process.kill('SIGKILL'))
    const killing = setTimeout(kill, place.run.graceMilliseconds ?? 30_000)
    return await Promise.all(running.map(exitOf)).finally(() => clearTimeout(killing))
  }
  if (running.length > 0) place.run.onSpawn?.(stop)
  try {
    await Promise.all(
      running.map(async (sidecar) => await waitUntilReady(sidecar, { ...place, isStopped: () => isStopped })),
    )
  } catch (error) {
    await end()
    throw error
  }
  return { stop, end }
}

function start(
  sidecar: ReadySidecar,
  { run, scratch }: { readonly run: LocalTaskRun; readonly scratch: string },
): Running {
  const running: Running = { ...sidecar, process: startProcess(sidecar.container, run, scratch), hasEnded: false }
  void running.process.ended.catch(() => undefined).then(() => (running.hasEnded = true))
  return running
}

type Waiting = { readonly run: LocalTaskRun; readonly scratch: string; readonly isStopped: () => boolean }

async function waitUntilReady(sidecar: Running, waiting: Waiting): Promise<void> {
  for (const probe of sidecar.probes) await waitFor(probe, sidecar, waiting)
}

/** Runs the probe's program until it succeeds; a startup probe that never does costs the sidecar its life. */
async function waitFor({ args, probe, isStartup }: Probe, sidecar: Running, waiting: Waiting): Promise<void> {
  const mustWait = () => !sidecar.hasEnded && !waiting.isStopped()
  const run = { ...waiting.run, onStderr: () => {} }
  await sleep((probe.initialDelaySeconds ?? 0) * 1000)
  let failures = 0
  while (mustWait()) {
    const { code } = await startProcess({ ...sidecar.container, args }, run, waiting.scratch).ended
    if (code === 0) return
    failures += 1
    if (isStartup && failures >= (probe.failureThreshold ?? 3)) return await endNow(sidecar, run)
    await Promise.race([sleep((probe.periodSeconds ?? 10) * 1000), sidecar.process.ended])
  }
}

/** The steps wait for a container that is on its way out, as for one that is not ready yet. */
async function endNow({ process }: Running, { graceMilliseconds = 30_000 }: LocalTaskRun): Promise<void> {
  process.kill('SIGTERM')
  const killing = setTimeout(() => process.kill('SIGKILL'), graceMilliseconds)
  await process.ended.finally(() => clearTimeout(killing))
}

async function exitOf({ container: { name }, process }: Running): Promise<SidecarExit> {
  const { code, signal, traces } = await process.ended
  return { ...traces, name, status: code ?? 128 + constants.signals[signal ?? 'SIGKILL'] }
}
