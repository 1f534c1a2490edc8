import type { PolicyDocument } from './config.ts'

/** An S3 bucket of an account. [K] assumption of the sandbox: only sessions of the bucket's own account get in. */
export type S3Bucket = {
  readonly name: string
  readonly region: string
  /** The bucket policy. A Deny of it counts, as an Allow does. */
  readonly policy?: PolicyDocument
}

/** A data collection rule of Azure Monitor with its logs ingestion endpoint. */
export type LogIngestion = {
  /** Host of the endpoint, below `ingest.monitor.azure.com`. */
  readonly host: string
  /** `dcr-` and 32 hex digits. */
  readonly immutableId: string
  readonly tenantId: string
  /** Object ids that have the role Monitoring Metrics Publisher on the rule. */
  readonly publishers: readonly string[]
  /** Streams (`Custom-…`) with the columns that each declares. */
  readonly streams: Readonly<Record<string, readonly StreamColumn[]>>
}

export type StreamColumn = { readonly name: string; readonly type: 'string' | 'datetime' }
