/** A place outside the cluster that keeps audit events: whoever takes CloudEvents over HTTP, a bucket, a table. */
export type RecordSink = {
  /** Where it is, for people and for the record. Holds no secret. */
  readonly place: string
  /**
   * Hands over one CloudEvent, given as the line that it is printed as. One attempt: the same event may come again, byte for byte, and the sink
   * knows it by `source` and `id`. Throws SINK_*, NETWORK_* and what a credential for it throws, or the reason of an abort.
   */
  send(event: string, signal: AbortSignal): Promise<void>
}

/** A sink that has not acknowledged the record, and the code of the reason. */
export type Undelivered = { readonly sink: string; readonly code: string }
