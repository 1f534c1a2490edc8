import type { StreamBody } from '../http/client.ts'
import type { Descriptor } from './descriptor.ts'

/** Where an image's bytes come from. All of them are checked against their descriptors. */
export type ImageSource = {
  /** As the user names it, for messages. */
  readonly path: string
  /** The descriptor of the one image that the source holds. */
  root(): Promise<Descriptor>
  /** The bytes of a manifest exactly as they are stored, size and digest checked; undefined when the source lacks it. */
  readManifest(descriptor: Descriptor): Promise<Buffer | undefined>
  /** How many bytes of the blob the source holds, without reading them; undefined when it lacks the blob. */
  blobSize(descriptor: Descriptor): Promise<number | undefined>
  /** The blob's bytes, opened anew for each attempt. */
  openBlob(descriptor: Descriptor): StreamBody
}
