/** An endpoint outside the cluster that keeps audit records: CloudEvents 1.0 by HTTP POST. */
export type RecordSink = {
  readonly host: string
  /** Exactly; nothing else of the host answers. */
  readonly path: string
  /** Whose tokens it takes. Absent: it asks for none, and refuses a request that brings one. */
  readonly access?: SinkAccess
}

/** Who may write to a sink. */
export type SinkAccess = {
  readonly tenantId: string
  /** `aud` of the tokens, as it stands in them: the client id of the sink's app, in v1 its URI. */
  readonly audience: string
  /** App role that a token must carry. */
  readonly role?: string
}
