import type { PipelineRunEvidence } from './evidence.ts'
import type { JoinedRecord } from './join-records.ts'
import { textAt } from './look.ts'
import type { Starter } from './report.ts'

/** What an author, or a program that starts runs, may write on a PipelineRun: `person:…`, `service:…` or `agent:…`. */
const startedByAnnotation = 'tekton-entra.github.io/started-by'

type Rule = (run: PipelineRunEvidence) => Starter | undefined

const label = (run: PipelineRunEvidence, name: string): string => run.labels[name] ?? ''

/** What tells who started a run, the strongest first. Kubernetes itself keeps no name: that is in the API server's audit log. */
const rules: readonly Rule[] = [
  (run) => {
    const listener = label(run, 'triggers.tekton.dev/eventlistener')
    const trigger = label(run, 'triggers.tekton.dev/trigger')
    const by = `EventListener ${listener}${trigger === '' ? '' : `, trigger ${trigger}`}`
    return listener === '' ? undefined : { kind: 'service', who: 'Tekton Triggers', by, strength: 'claimed' }
  },
  (run) => {
    const who = run.annotations['pipelinesascode.tekton.dev/sender'] ?? label(run, 'pipelinesascode.tekton.dev/sender')
    const by = `Pipelines as Code, ${run.annotations['pipelinesascode.tekton.dev/event-type'] ?? label(run, 'pipelinesascode.tekton.dev/event-type') ?? ''}`
    return who === '' ? undefined : { kind: 'person', who, by: by.replace(/, $/, ''), strength: 'claimed' }
  },
  (run) => {
    const [, kind, who = ''] =
      /^(person|service|agent):(.{1,200})$/.exec(run.annotations[startedByAnnotation] ?? '') ?? []
    if (kind !== 'person' && kind !== 'service' && kind !== 'agent') return undefined
    return { kind, who: who.trim(), by: `annotation ${startedByAnnotation}`, strength: 'claimed' }
  },
  ({ owners }) => {
    const [owner] = owners
    return owner === undefined
      ? undefined
      : { kind: 'service', who: owner, by: 'owner of the object', strength: 'claimed' }
  },
  ({ managers }) => {
    const manager = managers.find((name) => /^(kubectl|tkn|oc|curl|node-fetch)/.test(name))
    if (manager === undefined) return undefined
    return {
      kind: 'unknown',
      who: manager,
      by: 'the program that wrote the object, as it calls itself',
      strength: 'claimed',
    }
  },
]

/** Whom Entra vouched for in this run, then what the objects say; one entry that says so where there is nothing. */
export function startersOf(run: PipelineRunEvidence | undefined, records: readonly JoinedRecord[]): readonly Starter[] {
  const verified = records.flatMap((record) => verifiedOf(record))
  const told = run === undefined ? [] : rules.flatMap((rule) => rule(run) ?? [])
  const all = [...verified, ...told]
  const nobody: Starter = {
    kind: 'unknown',
    who: 'nobody says',
    by: 'no label, annotation or verified token',
    strength: 'claimed',
  }
  return all.length === 0 ? [nobody] : all
}

function verifiedOf({ data, outcome, step }: JoinedRecord): Starter[] {
  const objectId = textAt(data, 'action', 'access', 'objectId')
  if (outcome !== 'ok' || step !== 'verify-access' || objectId === '') return []
  const kind = textAt(data, 'action', 'access', 'kind') === 'person' ? 'person' : 'service'
  const clientId = textAt(data, 'action', 'access', 'clientId')
  return [
    { kind, who: `object id ${objectId}`, by: `verify-access, token by the client ${clientId}`, strength: 'verified' },
  ]
}
