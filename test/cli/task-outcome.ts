import { parseRecord } from '../push-image/record.ts'
import { jsonOf } from './command-line.ts'
import type { Called } from './command-line.ts'

/** What `task` says at its end. */
type TaskOutcome = {
  readonly task: string
  readonly succeeded: boolean
  readonly exitCode: number
  readonly results: Readonly<Record<string, string>>
  readonly steps: readonly { readonly name: string; readonly exitCode: number; readonly record: unknown }[]
}

/** The outcome, with the record checked against its published schema. */
export function outcomeOf(called: Called): TaskOutcome & { readonly record: ReturnType<typeof parseRecord> } {
  const outcome = jsonOf(called) as TaskOutcome
  return { ...outcome, record: parseRecord(`${JSON.stringify(outcome.steps[0]?.record)}\n`) }
}
