import type { Kind } from './kinds.ts'
import type { Tool } from './tools.ts'

/** What a reader is to read, and from where. */
export type Reading = {
  /** `host/repository`. */
  readonly repository: string
  /** `host/repository:tag`. */
  readonly image: string
  readonly host: string
  /** Whether the registry speaks plain HTTP. */
  readonly isPlain: boolean
  readonly kind: Kind
  /** Folder for a copy, which is not there yet. */
  readonly to: string
}

type Arguments = (reading: Reading) => readonly string[]

/** A client that nobody here wrote, and what it is called with. */
export type Reader = {
  readonly tool: Tool
  /** Prints the manifest's bytes. */
  readonly manifest: Arguments
  /** Copies everything into a folder. */
  readonly copy: Arguments
  /** Prints the digest. */
  readonly digest?: Arguments
  /** Reads all layers of an image and compares them with its config: then it need not be copied. */
  readonly validate?: Arguments
  /** Prints a blob; given where a copy would want the subject too. */
  readonly blob?: (reading: Reading, digest: string) => readonly string[]
}

const regctlHost: Arguments = ({ host, isPlain }) => (isPlain ? ['--host', `reg=${host},tls=disabled`] : [])

/** All of them. crane finds out by itself where TLS is spoken. */
export const readers: readonly Reader[] = [
  {
    tool: 'crane',
    digest: ({ image }) => ['digest', image],
    manifest: ({ image }) => ['manifest', image],
    copy: ({ image, to }) => ['pull', '--format=oci', image, to],
    validate: ({ image }) => ['validate', '--remote', image],
  },
  {
    tool: 'regctl',
    manifest: (reading) => ['manifest', 'get', '--format', 'raw-body', ...regctlHost(reading), reading.image],
    copy: (reading) => ['image', 'copy', ...regctlHost(reading), reading.image, `ocidir://${reading.to}:copy`],
    blob: (reading, digest) => ['blob', 'get', ...regctlHost(reading), reading.repository, digest],
  },
  {
    tool: 'oras',
    manifest: ({ image, isPlain }) => ['manifest', 'fetch', `--plain-http=${isPlain}`, image],
    copy: ({ image, isPlain, to }) => ['copy', `--from-plain-http=${isPlain}`, '--to-oci-layout', image, `${to}:copy`],
    blob: ({ repository, isPlain }, digest) => [
      'blob',
      'fetch',
      `--plain-http=${isPlain}`,
      '--output',
      '-',
      `${repository}@${digest}`,
    ],
  },
  {
    tool: 'skopeo',
    manifest: ({ image, isPlain }) => ['inspect', '--raw', `--tls-verify=${!isPlain}`, `docker://${image}`],
    copy: ({ image, isPlain, to, kind }) => [
      '--insecure-policy',
      'copy',
      '--all',
      '--preserve-digests',
      `--src-tls-verify=${!isPlain}`,
      `docker://${image}`,
      // A layout holds OCI's types only: skopeo would convert.
      kind.isDocker === true ? `dir:${to}` : `oci:${to}:copy`,
    ],
  },
]
