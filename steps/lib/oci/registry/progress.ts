import type { StreamBody } from '../../http/stream-body.ts'
import type { Descriptor } from '../descriptor.ts'

/** Who is told how a push goes on. Retries are told by `Patience.onRetry`. */
export type Progress = {
  /** So many more bytes of blobs have been sent; negative when an attempt failed and its bytes count no more. */
  sent(bytes: number): void
  /** A blob is on the registry: uploaded now, or present before. */
  blobDone(blob: Descriptor, how: 'uploaded' | 'mounted' | 'present'): void
}

/** Tells nobody. */
export const silent: Progress = { sent: () => undefined, blobDone: () => undefined }

/** A body that tells how much of it was sent, and takes that back when it is opened again (after a 401) or has failed. */
export function countedBody(body: StreamBody, progress: Progress): { body: StreamBody; takeBack: () => void } {
  let count = 0
  let opening = 0
  const takeBack = () => {
    if (count > 0) progress.sent(-count)
    count = 0
    opening += 1
  }
  const counted: StreamBody = {
    length: body.length,
    open: () => {
      takeBack()
      return body.open()
    },
    lend: () => {
      takeBack()
      return body.lend?.() ?? body.open()
    },
    // Of one opening: what is still on its way when that was given up counts no more.
    get onSent() {
      const mine = opening
      return (bytes: number) => {
        if (mine !== opening) return
        count += bytes
        progress.sent(bytes)
      }
    },
  }
  return { body: counted, takeBack }
}
