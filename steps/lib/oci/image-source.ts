import type { StreamBody } from '../http/stream-body.ts'
import type { Descriptor } from './descriptor.ts'

/** Where an image's bytes come from. All of them are checked against their descriptors. */
export type ImageSource = {
  readonly kind: 'layout' | 'oci-archive' | 'docker-archive' | 'registry'
  /** As the user names it, for messages. */
  readonly path: string
  /** The descriptor of the one image that was asked for. */
  root(): Promise<Descriptor>
  /** The bytes of a manifest exactly as they are to be pushed, size and digest checked; undefined when the source lacks it. */
  readManifest(descriptor: Descriptor): Promise<Buffer | undefined>
  /** How many bytes of the blob the source holds, without reading them; undefined when it lacks the blob. */
  blobSize(descriptor: Descriptor): Promise<number | undefined>
  /** The blob's bytes, opened anew for each attempt. */
  openBlob(descriptor: Descriptor): StreamBody
  /** Closes what is open and takes temporary files away. Nothing can be read afterwards. */
  close(): Promise<void>
}

/** How a source is to be read. */
export type SourceOptions = {
  /** Which image, when several are there: its org.opencontainers.image.ref.name, io.containerd.image.name, repo tag or digest. */
  readonly ref?: string | undefined
  /** `os/arch[/variant]`, picked from an index; empty = all. */
  readonly platforms: readonly string[]
  /** For docker archives: how layers that come uncompressed are sent. */
  readonly compression: 'none' | 'gzip' | 'zstd'
  /** A folder for temporary files (an emptyDir of the pod); '' where there is none. */
  readonly scratch: string
  readonly signal: AbortSignal
}
