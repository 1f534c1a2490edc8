import type { StepError } from '../core/errors.ts'
import { rfc3339 } from '../core/instant.ts'
import { fittingLine } from './fitting-line.ts'
import type { Secret } from '../core/secret.ts'
import type { Undelivered } from './record-sink.ts'
import type { RecordedAction } from './recorded-action.ts'
import type { RecordedIdentity } from './recorded-identity.ts'

export type Outcome = 'ok' | 'refused' | 'failed' | 'cancelled'

/** The pod and the runs that the step was started for, as the downward API tells; `''` where there is none. */
export type RunContext = {
  readonly podName: string
  readonly podNamespace: string
  readonly podUid: string
  readonly taskRun: string
  readonly taskRunUid: string
  readonly pipelineRun: string
  readonly pipelineRunUid: string
  readonly pipelineTask: string
}

export type TokenKind = 'projected' | 'web-identity' | 'entra' | 'aws-session' | 'registry' | 'kubernetes'

/** A token that was used: never itself, but what finds it again in other logs. */
export type RecordedToken = {
  readonly kind: TokenKind
  /** `jti`, `uti` or access key id; `''` where the issuer gives none. */
  readonly id: string
  readonly sha256: string
  /** For whom it was made: audience, resource, role or registry. */
  readonly audience: string
  readonly expiresAt: string
}

type Draft = {
  identity: RecordedIdentity
  /** As whom it read what it sent elsewhere. */
  sourceIdentity?: RecordedIdentity
  action: RecordedAction
  tokens: RecordedToken[]
  /** Ids of answers by service, for the other side's logs. */
  requests: { service: string; id: string }[]
}

/** The record while the step runs. Opened before the token is read; whatever happens, it is finished once, in one place. */
export type RecordDraft = {
  identity(known: RecordedIdentity): void
  /** The same record for a second identity, of a step that reads as one and writes as another. */
  forSource(): RecordDraft
  action(known: Partial<RecordedAction>): void
  token(kind: TokenKind, token: { secret: Secret; id: string; audience: string; expiresAt: number }): void
  request(service: string, id: string): void
  /** The record's line, without line end; the step's last act before it exits. */
  finish(end: RecordEnd): string
}

export type RecordEnd = {
  readonly outcome: Outcome
  readonly error?: StepError | undefined
  readonly finishedAt: number
  /** Sinks that did not acknowledge the record as it was first finished. */
  readonly undelivered?: readonly Undelivered[]
}

export type RecordOpening = {
  readonly id: string
  readonly step: string
  readonly version: string
  readonly startedAt: number
  readonly context: RunContext
}

/** CloudEvents type of our records; its last part changes with the schema. */
export const recordType = 'io.github.tekton-entra.step.v1'

/** Where the schema of `data` is published. */
export const recordSchema =
  'https://raw.githubusercontent.com/tekton-entra/tekton-entra/main/steps/lib/audit/record.schema.json'

/** Container runtimes cut long lines: lists are bounded, texts are cut where they must be. */
const longestList = 24

/** Opens the record of one step process: a CloudEvents 1.0 event in structured JSON form (CNCF CloudEvents spec). */
export function openRecord(opening: RecordOpening): RecordDraft {
  const draft: Draft = { identity: {}, action: { name: opening.step }, tokens: [], requests: [] }
  const record: RecordDraft = {
    identity: (known) => {
      draft.identity = { ...draft.identity, ...known }
    },
    forSource: () => ({
      ...record,
      identity: (known) => {
        draft.sourceIdentity = { ...draft.sourceIdentity, ...known }
      },
    }),
    action: (known) => {
      draft.action = { ...draft.action, ...known }
    },
    token: (kind, { secret, id, audience, expiresAt }) => {
      const sha256 = secret.sha256()
      if (draft.tokens.some((token) => token.sha256 === sha256) || draft.tokens.length >= longestList) return
      draft.tokens.push({ kind, id, sha256, audience, expiresAt: rfc3339(expiresAt) })
    },
    request: (service, id) => {
      if (id !== '' && draft.requests.length < longestList) draft.requests.push({ service, id })
    },
    finish: (end) => fittingLine(eventOf(opening, draft, end)),
  }
  return record
}

function eventOf(opening: RecordOpening, draft: Draft, end: RecordEnd) {
  const { context } = opening
  return {
    specversion: '1.0',
    id: opening.id,
    source: sourceOf(context),
    type: recordType,
    subject: draft.action.target ?? opening.step,
    time: new Date(end.finishedAt).toISOString(),
    datacontenttype: 'application/json',
    dataschema: recordSchema,
    data: {
      step: opening.step,
      version: opening.version,
      outcome: end.outcome,
      startedAt: new Date(opening.startedAt).toISOString(),
      finishedAt: new Date(end.finishedAt).toISOString(),
      pod: { name: context.podName, namespace: context.podNamespace, uid: context.podUid },
      run: {
        taskRun: context.taskRun,
        taskRunUid: context.taskRunUid,
        pipelineRun: context.pipelineRun,
        pipelineRunUid: context.pipelineRunUid,
        pipelineTask: context.pipelineTask,
      },
      identity: draft.identity,
      ...(draft.sourceIdentity === undefined ? {} : { sourceIdentity: draft.sourceIdentity }),
      action: draft.action,
      tokens: draft.tokens,
      requests: draft.requests,
      ...(end.error === undefined ? {} : { error: errorOf(end.error) }),
      ...(end.undelivered === undefined || end.undelivered.length === 0 ? {} : { undelivered: end.undelivered }),
    },
  }
}

/** A step of a TaskRun is found under its TaskRun; one that runs without Tekton under its own name. */
function sourceOf(context: RunContext): string {
  if (context.taskRun === '') return '/tekton-entra/local'
  return `/namespaces/${encodeURIComponent(context.podNamespace)}/taskruns/${encodeURIComponent(context.taskRun)}`
}

function errorOf(error: StepError) {
  const { upstream } = error
  return {
    code: error.code,
    ...(upstream === undefined
      ? {}
      : {
          service: upstream.service,
          ...(upstream.status === undefined ? {} : { status: upstream.status }),
          ...(upstream.code === undefined ? {} : { upstreamCode: upstream.code }),
          ...(upstream.ids === undefined ? {} : { ids: upstream.ids }),
        }),
    ...(error.faults.length === 0 ? {} : { params: error.faults.slice(0, longestList).map((fault) => fault.param) }),
  }
}
