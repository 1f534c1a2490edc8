import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestContext } from 'vitest'
import { kubectlFor, type Kubectl } from './kubectl.ts'
import { areProgramsBuilt, programsFolder } from './kubernetes-programs.ts'
import { missingHere } from './requirements.ts'
import { runProgram, type Ran } from './run-program.ts'

/** A cluster of one test file, made and taken away by the command itself. */
export type OwnCluster = {
  readonly state: string
  readonly kubeconfig: string
  readonly kubectl: Kubectl
  /** Calls the command for this cluster. */
  command(...args: readonly string[]): Promise<Ran>
  /** Takes it away, and throws when the command could not. */
  remove(): Promise<void>
}

/** Calls `npm run cluster --`. */
export async function callCommand(args: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  const command = fileURLToPath(new URL('cluster.ts', import.meta.url))
  return await runProgram([process.execPath, command, ...args], { env })
}

/** A state folder and what uses it; nothing is up yet. */
export function ownCluster(): OwnCluster {
  // The space is on purpose: paths stand in many files and in a shell's input.
  const folder = mkdtempSync('/tmp/tekton-entra cluster-')
  const state = join(folder, 'state')
  const kubeconfig = join(state, 'kubeconfig')
  const command: OwnCluster['command'] = (...args) => callCommand([...args, '--state', state])
  const remove = async (): Promise<void> => {
    const { status, stderr } = await command('down')
    if (status !== 0) throw new Error(`down ended with ${String(status)}: ${stderr}`)
    rmSync(folder, { recursive: true, force: true })
  }
  return { state, kubeconfig, kubectl: kubectlFor(programsFolder(process.env), kubeconfig), command, remove }
}

/** Brings a cluster up; throws with all that the command said when it could not. */
export async function up(cluster: OwnCluster, ...args: readonly string[]): Promise<Ran> {
  const ran = await cluster.command('up', ...args)
  if (ran.status !== 0) throw new Error(`up ended with ${String(ran.status)}: ${ran.stdout}${ran.stderr}`)
  return ran
}

/** Why no cluster can be had here; undefined when one can. */
export function noCluster(): string | undefined {
  const missing = missingHere(process.env)
  if (missing.length > 0) return `no cluster here: ${missing.join('; ')}`
  // Not in a test: a build of many minutes looks like one that hangs.
  return areProgramsBuilt(process.env) ? undefined : 'Kubernetes is not built: npm run cluster -- up, once'
}

/** Skips the running test where no cluster can be had. */
export function skipWithoutCluster({ skip }: Pick<TestContext, 'skip'>): void {
  const reason = noCluster()
  if (reason !== undefined) skip(reason)
}
