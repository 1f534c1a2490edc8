import type { Evidence, RecordSource, TaskRunEvidence } from './evidence.ts'
import { finding } from './findings.ts'
import { objectsAt, textAt } from './look.ts'
import { isRead, readRecord, type ReadRecord } from './read-record.ts'
import type { Entry, Finding } from './report.ts'

/** One record, wherever it was found, with what its TaskRun's results say of it. */
export type JoinedRecord = ReadRecord & {
  readonly check: Entry['check']
  readonly foundIn: readonly RecordSource[]
  readonly ofTaskRun: TaskRunEvidence | undefined
}

export type Joined = { readonly records: readonly JoinedRecord[]; readonly findings: readonly Finding[] }

/** Where a printed record counts before a kept one: it is sealed last. */
const order: readonly RecordSource[] = ['pod log', 'folder', 'bucket']

/** Reads all lines, makes one record of those with one id, and compares each with the hash that the results name. */
export function joinRecords(evidence: Evidence): Joined {
  const lines = evidence.lines.map(readRecord)
  const unreadable = lines.flatMap((one) => (isRead(one) ? [] : [one]))
  const byId = Map.groupBy(lines.filter(isRead), ({ id }) => id)
  const joined = [...byId.values()].map((variants) => joinVariants(evidence, variants))
  return {
    records: joined.map(({ record }) => record).toSorted((one, other) => compare(startOf(one), startOf(other))),
    findings: [
      ...unreadable.map(({ place, reason }) => finding('record-unreadable', place, reason)),
      ...joined.flatMap(({ findings }) => findings),
    ],
  }
}

function joinVariants(
  evidence: Evidence,
  variants: readonly ReadRecord[],
): { readonly record: JoinedRecord; readonly findings: readonly Finding[] } {
  const sorted = variants.toSorted((one, other) => order.indexOf(one.source) - order.indexOf(other.source))
  const ofTaskRun = evidence.taskRuns.find(({ name }) => name === sorted[0]?.taskRun)
  const hash = attestedHash(ofTaskRun, sorted[0]?.id ?? '')
  const chosen = sorted.find(({ sha256 }) => sha256 === hash) ?? sorted[0]
  if (chosen === undefined) throw new TypeError('a group of records is never empty')
  const same = sorted.filter(({ sha256 }) => sha256 === chosen.sha256)
  const others = sorted.filter(({ sha256 }) => sha256 !== chosen.sha256)
  const check = hash === undefined ? 'unattested' : hash === chosen.sha256 ? 'verified' : 'altered'
  const undelivered = objectsAt(chosen.data, 'undelivered')
  return {
    record: { ...chosen, check, ofTaskRun, foundIn: [...new Set(same.map(({ source }) => source))] },
    findings: [
      ...(check === 'altered'
        ? [
            finding(
              'record-altered',
              chosen.place,
              `The result of ${chosen.taskRun} names ${chosen.id} with sha256:${hash}; what was found has sha256:${chosen.sha256}.`,
            ),
          ]
        : []),
      // A record whose delivery failed is sealed anew, so a sink that has it after all has it as it was before.
      ...(undelivered.length > 0 ? [] : others).map(({ place, source, id }) =>
        finding('record-altered', place, `The ${source} has another text for ${id} than the ${chosen.source}.`),
      ),
      ...undelivered.map((one) =>
        finding(
          'undelivered',
          chosen.place,
          `${textAt(one, 'sink')} did not take ${chosen.id}: ${textAt(one, 'code')}.`,
        ),
      ),
    ],
  }
}

function attestedHash(taskRun: TaskRunEvidence | undefined, id: string): string | undefined {
  const attested = taskRun?.attempts.flatMap((attempt) => attempt.attested) ?? []
  return attested.find((one) => one.id === id)?.sha256
}

function startOf({ data, time }: ReadRecord): string {
  return textAt(data, 'startedAt') || time
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
