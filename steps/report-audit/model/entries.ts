import { isObject } from '../../lib/core/strict-json.ts'
import type { Evidence, StepEvidence } from './evidence.ts'
import type { JoinedRecord } from './join-records.ts'
import { at, objectsAt, textAt, textsAt } from './look.ts'
import type { ActedAs, Entry, ReportedIdentity, ReportedImage } from './report.ts'

/** What each record tells, in the order in which the steps began. */
export function entriesOf({ taskRuns }: Evidence, records: readonly JoinedRecord[]): readonly Entry[] {
  return records.map((record) => {
    const { data, ofTaskRun } = record
    const attempt = ofTaskRun?.attempts.find(({ pod }) => pod === record.podName)
    const steps = attempt?.steps.filter(({ program }) => program === record.step) ?? []
    const taskRun = taskRuns.find(({ name }) => name === record.taskRun)
    return {
      id: record.id,
      taskRun: record.taskRun,
      pipelineTask: textAt(data, 'run', 'pipelineTask') || (taskRun?.pipelineTask ?? ''),
      step: stepName(record, steps),
      program: record.step,
      pod: record.podName,
      serviceAccount: taskRun?.serviceAccount ?? '',
      startedAt: textAt(data, 'startedAt'),
      finishedAt: textAt(data, 'finishedAt') || record.time,
      outcome: record.outcome,
      dryRun: at(data, 'action', 'dryRun') === true,
      target: textAt(data, 'action', 'target'),
      source: textAt(data, 'action', 'source'),
      digest: textAt(data, 'action', 'digest'),
      errorCode: textAt(data, 'error', 'code'),
      refusedBy: refusedBy(data),
      actedAs: actorsOf(data),
      tokens: objectsAt(data, 'tokens').map((token) => ({
        kind: textAt(token, 'kind'),
        id: textAt(token, 'id'),
        audience: textAt(token, 'audience'),
        expiresAt: textAt(token, 'expiresAt'),
      })),
      handedOver: objectsAt(data, 'action', 'handedOver').map(
        (one) => `${textAt(one, 'entry')} in ${textAt(one, 'file')}`,
      ),
      access: accessOf(data),
      approval: approvalOf(data),
      notes: textsAt(data, 'action', 'notes'),
      check: record.check,
      sha256: record.sha256,
      foundIn: record.foundIn,
    }
  })
}

/** A record does not say which step of its pod it is of; a log does, and one step alone is the one. */
function stepName({ place, source }: JoinedRecord, steps: readonly StepEvidence[]): string {
  const container = source === 'pod log' ? place.split('/').at(-1) : undefined
  const found = steps.find((step) => step.container === container) ?? (steps.length === 1 ? steps[0] : undefined)
  return found?.name ?? ''
}

function refusedBy(data: unknown): string {
  const [service, code, status] = [
    textAt(data, 'error', 'service'),
    textAt(data, 'error', 'upstreamCode'),
    at(data, 'error', 'status'),
  ]
  return [service, code, typeof status === 'number' ? `HTTP ${status}` : ''].filter((part) => part !== '').join(' ')
}

function accessOf(data: unknown): string {
  const access = at(data, 'action', 'access')
  if (!isObject(access)) return ''
  const roles = textsAt(access, 'roles').join(', ') || 'no role asked for'
  return `${textAt(access, 'kind')} ${textAt(access, 'objectId')}, ${roles}`
}

function approvalOf(data: unknown): string {
  const approval = at(data, 'action', 'approval')
  if (!isObject(approval)) return ''
  const author = textAt(approval, 'author')
  const started = author === '' ? '' : `; the run was started by ${author}`
  return `${textAt(approval, 'decision')} by the person ${textAt(approval, 'objectId')}${started}`
}

function actorsOf(data: unknown): ActedAs[] {
  return (
    [
      ['identity', 'to'],
      ['sourceIdentity', 'from'],
    ] as const
  ).flatMap(([name, side]) => {
    const identity = at(data, name)
    if (!isObject(identity) || Object.keys(identity).length === 0) return []
    const text = (key: string): string => textAt(identity, key)
    return [
      {
        side,
        issuer: text('issuer'),
        subject: text('subject'),
        tenant: text('tenant'),
        clientId: text('clientId'),
        objectId: text('objectId'),
        awsRole: text('awsChainRole') || text('awsRole'),
        awsSession: text('awsSession'),
      },
    ]
  })
}

/** Every identity that was acted as, once, with the trust behind it. */
export function identitiesOf(entries: readonly Entry[]): readonly ReportedIdentity[] {
  const used = entries.flatMap(({ id, actedAs }) =>
    actedAs.flatMap((one) => identitiesIn(one).map((found) => ({ id, found }))),
  )
  const groups = Map.groupBy(used, ({ found }) => JSON.stringify(found))
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    return first === undefined ? [] : [{ ...first.found, entries: [...new Set(group.map(({ id }) => id))] }]
  })
}

function identitiesIn(one: ActedAs): Omit<ReportedIdentity, 'entries'>[] {
  const { subject, issuer, tenant, clientId, objectId, awsRole, awsSession } = one
  const entra = objectId === '' ? clientId : `${clientId} (object id ${objectId})`
  return [
    ...(subject === ''
      ? []
      : [{ kind: 'Kubernetes service account' as const, name: subject, trust: `issuer ${issuer || 'unknown'}` }]),
    ...(objectId === ''
      ? []
      : [
          {
            kind: 'Microsoft Entra' as const,
            name: `client ${entra}`,
            trust: `tenant ${tenant}; federated credential for ${subject || 'the pod'}`,
          },
        ]),
    ...(awsSession === ''
      ? []
      : [
          {
            kind: 'AWS role' as const,
            name: awsRole,
            trust: `role trust policy; session ${awsSession.split('/').at(-1) ?? ''}`,
          },
        ]),
  ]
}

/** The images that repositories had whole when a step ended that was no dry run. */
export function imagesOf(entries: readonly Entry[], records: readonly JoinedRecord[]): readonly ReportedImage[] {
  return entries.flatMap(({ id, digest, dryRun }) => {
    const data = records.find((record) => record.id === id)?.data
    if (dryRun || digest === '') return []
    return objectsAt(data, 'action', 'destinations')
      .filter((one) => at(one, 'stored') === true)
      .map((one) => ({ repository: textAt(one, 'repository'), digest, tags: textsAt(one, 'tags'), entry: id }))
  })
}
