import type { Readable } from 'node:stream'

/** A body that is opened anew for each attempt and never held in memory. */
export type StreamBody = {
  /** Exact number of bytes that `open` gives. */
  readonly length: number
  open(): Readable
  /** The same bytes, for one who only passes them on: each chunk is good until the second one after it is asked for. `open` where it is absent. */
  readonly lend?: () => AsyncIterable<Buffer>
  /** The same bytes, for one who keeps some of them for a while: each chunk is the reader's own. `open` where it is absent. */
  readonly give?: () => AsyncIterable<Buffer>
  /** Called with the number of bytes that have just been handed to the socket. */
  readonly onSent?: (bytes: number) => void
}
