/** A place outside the cluster that keeps audit events: an HTTP endpoint today; what appends to a log or a bucket has the same shape. */
export type RecordSink = {
  /** Where it is, for people and for the record. Holds no secret. */
  readonly place: string
  /**
   * Hands over one CloudEvent, given as the line that it is printed as. One attempt: the same event may come again, byte for byte, and the sink
   * knows it by `source` and `id`. Throws SINK_* and NETWORK_*, or the reason of an abort.
   */
  send(event: string, signal: AbortSignal): Promise<void>
}

/** A sink that has not acknowledged the record, and the code of the reason. */
export type Undelivered = { readonly sink: string; readonly code: string }
