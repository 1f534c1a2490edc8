import type { Task, TaskStep } from '../../../steps/lib/catalog/task.ts'
import type { RefusalReason } from '../../sandbox/local-run/refusal.ts'
import { parse } from 'yaml'

/** A small Task, how it is run, and what must come of it: by our local run and by the real Tekton. */
export type AgreementCase = {
  readonly name: string
  readonly task: Task
  readonly run: CaseRun
  readonly expected: Outcome
  readonly note?: string
}

export type CaseRun = {
  /** As JSON would carry them to the API server: also numbers, and lists that hold some. */
  readonly params?: Readonly<Record<string, unknown>>
  readonly labels?: Readonly<Record<string, string>>
  readonly configMaps?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Names of the workspaces that are bound, each to an empty folder. */
  readonly workspaces?: readonly string[]
}

export type Outcome =
  /** No step has been started. */
  | { readonly admitted: false; readonly reason: RefusalReason }
  | {
      readonly succeeded: boolean
      readonly steps: readonly StepOutcome[]
      readonly results: Readonly<Record<string, unknown>>
    }

export type StepOutcome = {
  readonly name: string
  readonly exitCode: number
  readonly skipped?: true
  /** The lines of its standard output that are JSON objects, with what differs from run to run as `<taskRun>`, `<namespace>`, `<uid>`. */
  readonly output: readonly unknown[]
}

/** A step of the test image that does what the words say; see `../image/probe.ts`. */
export function probe(name: string, args: readonly string[], more: Partial<TaskStep> = {}): TaskStep {
  const command = ['/nodejs/bin/node', '/app/main.js', 'probe']
  return { name, image: 'tekton-entra.test/suite:1', command, args, ...more }
}

/** A step that prints these variables, given as `NAME: value`. */
export function printEnv(name: string, env: Readonly<Record<string, string>>, more: Partial<TaskStep> = {}): TaskStep {
  const names = Object.keys(env).flatMap((key) => ['env', key])
  return probe(name, names, { env: Object.entries(env).map(([key, value]) => ({ name: key, value })), ...more })
}

export function taskOf(name: string, spec: Task['spec']): Task {
  return { apiVersion: 'tekton.dev/v1', kind: 'Task', metadata: { name }, spec }
}

/** Params of a run as a YAML file gives them: numbers and booleans by the rules of YAML 1.1, as kubectl reads it. */
export function yamlParams(text: string): Readonly<Record<string, unknown>> {
  return parse(text, { version: '1.1' }) as Readonly<Record<string, unknown>>
}

/** The outcome of a run that succeeds, each step with what it prints. */
export function success(
  output: Readonly<Record<string, readonly unknown[]>>,
  results: Readonly<Record<string, unknown>> = {},
): Outcome {
  const steps = Object.entries(output).map(([name, lines]) => ({ name, exitCode: 0, output: lines }))
  return { succeeded: true, steps, results }
}
