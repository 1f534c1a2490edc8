import type { RecordSource, RunStatus } from './evidence.ts'
import type { FindingCode } from './finding-table.ts'

/** A report on one PipelineRun, as it is written in JSON; the page shows the same. */
export type Report = {
  readonly format: 'tekton-entra audit report v1'
  readonly madeAt: string
  readonly madeBy: string
  readonly run: ReportedRun
  /** `complete` when there is no finding but notes. */
  readonly verdict: 'complete' | 'findings'
  readonly counts: Counts
  readonly startedBy: readonly Starter[]
  readonly entries: readonly Entry[]
  readonly identities: readonly ReportedIdentity[]
  readonly images: readonly ReportedImage[]
  readonly findings: readonly Finding[]
  readonly controls: readonly Control[]
}

export type ReportedRun = {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly pipeline: string
  readonly status: RunStatus | 'unknown'
  readonly reason: string
  readonly startedAt: string
  readonly finishedAt: string
}

export type Counts = {
  readonly taskRuns: number
  /** Steps of ours that ran. */
  readonly steps: number
  /** Steps of other people's that ran beside them, of which nothing is recorded. */
  readonly otherSteps: number
  readonly records: number
  readonly verified: number
  readonly refused: number
}

/** Who or what started the run, by one piece of evidence. */
export type Starter = {
  readonly kind: 'person' | 'service' | 'agent' | 'unknown'
  readonly who: string
  readonly by: string
  /** `verified` by a token; `claimed` by whoever wrote the object. */
  readonly strength: 'verified' | 'claimed'
}

/** One step process and what it did. */
export type Entry = {
  readonly id: string
  readonly taskRun: string
  readonly pipelineTask: string
  readonly step: string
  readonly program: string
  readonly pod: string
  readonly serviceAccount: string
  readonly startedAt: string
  readonly finishedAt: string
  readonly outcome: string
  readonly dryRun: boolean
  readonly target: string
  readonly source: string
  readonly digest: string
  readonly errorCode: string
  /** What the other side said: its code, and its HTTP status. */
  readonly refusedBy: string
  readonly actedAs: readonly ActedAs[]
  readonly tokens: readonly ReportedToken[]
  readonly handedOver: readonly string[]
  readonly access: string
  /** What a person decided on the run, by a token that was verified. */
  readonly approval: string
  readonly notes: readonly string[]
  /** `verified`: the bytes have the hash that the TaskRun's results name. */
  readonly check: 'verified' | 'altered' | 'unattested'
  readonly sha256: string
  readonly foundIn: readonly RecordSource[]
}

export type ActedAs = {
  readonly side: 'to' | 'from'
  readonly issuer: string
  readonly subject: string
  readonly tenant: string
  readonly clientId: string
  readonly objectId: string
  readonly awsRole: string
  readonly awsSession: string
}

export type ReportedToken = {
  readonly kind: string
  readonly id: string
  readonly audience: string
  readonly expiresAt: string
}

/** One identity with the trust that let it in, and the entries that used it. */
export type ReportedIdentity = {
  readonly kind: 'Kubernetes service account' | 'Microsoft Entra' | 'AWS role'
  readonly name: string
  /** Whom it was trusted by, as far as the tokens say. */
  readonly trust: string
  readonly entries: readonly string[]
}

export type ReportedImage = {
  readonly repository: string
  readonly digest: string
  readonly tags: readonly string[]
  readonly entry: string
}

export type Finding = {
  readonly code: FindingCode
  readonly severity: 'error' | 'warning' | 'note'
  readonly title: string
  readonly where: string
  readonly text: string
}

export type Control = {
  readonly framework: 'SOC 2' | 'ISO 27001'
  readonly id: string
  readonly title: string
  /** Whether this run has evidence for it, evidence against it, or neither. */
  readonly state: 'shown' | 'gap' | 'nothing'
  readonly text: string
}
