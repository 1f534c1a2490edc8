import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProgramCall } from '../measure.ts'
import type { Sink } from '../sinks/sink.ts'
import { peers } from './peers.ts'
import type { PushTool } from './push-tool.ts'

/** An image on a registry. */
export type Place = {
  readonly sink: Pick<Sink, 'origin' | 'caPem'>
  readonly repository: string
  readonly tag: string
}

/** One image, from a registry to another, or into a folder as a layout. */
export type CopyJob = { readonly from: Place; readonly to: Place | { readonly folder: string } }

/** A program that copies from registries. */
export type CopyTool = Pick<PushTool, 'tool' | 'find' | 'version'> & {
  /** Arguments, without the program. */
  readonly args: (job: CopyJob) => readonly string[]
}

const nameOf = ({ sink, repository, tag }: Place): string => `${sink.origin.host}/${repository}:${tag}`
const isPlain = ({ sink }: Place): boolean => sink.caPem === undefined
const placesOf = ({ from, to }: CopyJob): readonly Place[] => ('folder' in to ? [from] : [from, to])

const argsOf: Readonly<Record<string, CopyTool['args']>> = {
  crane: ({ from, to }) =>
    'folder' in to ? ['pull', '--format=oci', nameOf(from), to.folder] : ['copy', nameOf(from), nameOf(to)],
  regctl: (job) => [
    'image',
    'copy',
    ...placesOf(job)
      .filter(isPlain)
      .flatMap(({ sink }) => ['--host', `reg=${sink.origin.host},tls=disabled`]),
    nameOf(job.from),
    'folder' in job.to ? `ocidir://${job.to.folder}:v1` : nameOf(job.to),
  ],
  oras: ({ from, to }) => [
    'cp',
    '--no-tty',
    `--from-plain-http=${isPlain(from)}`,
    nameOf(from),
    ...('folder' in to ? ['--to-oci-layout', `${to.folder}:v1`] : [`--to-plain-http=${isPlain(to)}`, nameOf(to)]),
  ],
  skopeo: ({ from, to }) => [
    '--insecure-policy',
    'copy',
    '--quiet',
    `--src-tls-verify=${!isPlain(from)}`,
    `docker://${nameOf(from)}`,
    ...('folder' in to ? [`oci:${to.folder}:v1`] : [`--dest-tls-verify=${!isPlain(to)}`, `docker://${nameOf(to)}`]),
  ],
}

/** The programs that others copy with. */
export const copyTools: readonly CopyTool[] = peers.flatMap(({ tool, find, version }) => {
  const args = argsOf[tool]
  return args === undefined ? [] : [{ tool, find, version, args }]
})

/** The copy as a whole process, with an environment made from nothing. */
export async function copyCall(
  argv: readonly string[],
  { job, folder }: { job: CopyJob; folder: string },
): Promise<ProgramCall> {
  const home = join(folder, 'home')
  await mkdir(home, { recursive: true })
  const cas = placesOf(job).flatMap(({ sink }) => sink.caPem ?? [])
  const ca = join(home, 'ca.crt')
  if (cas.length > 0) await writeFile(ca, cas.join('\n'))
  const trust: Record<string, string> = cas.length === 0 ? {} : { SSL_CERT_FILE: ca }
  return { argv, env: { PATH: '/usr/bin:/bin', HOME: home, DOCKER_CONFIG: home, ...trust } }
}
