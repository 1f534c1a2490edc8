import { askVersion, builtHere, foreign, imageOf, type PushJob, type PushTool } from './push-tool.ts'

const isPlain = ({ sink }: PushJob): boolean => sink.caPem === undefined

const crane: PushTool = {
  tool: 'crane',
  takes: ['layout', 'docker-archive'],
  find: foreign('crane'),
  version: async (path) => await askVersion([path, 'version']),
  // On loopback it tries both schemes by itself.
  args: (job) => ['push', job.source.path, imageOf(job)],
}

const regctl: PushTool = {
  tool: 'regctl',
  takes: ['layout'],
  find: foreign('regctl'),
  version: async (path) => await askVersion([path, 'version', '--format', '{{.VCSTag}}']),
  args: (job) => [
    'image',
    'copy',
    ...(isPlain(job) ? ['--host', `reg=${job.sink.origin.host},tls=disabled`] : []),
    `ocidir://${job.source.path}:${job.source.refName}`,
    imageOf(job),
  ],
}

const oras: PushTool = {
  tool: 'oras',
  takes: ['layout'],
  find: foreign('oras'),
  version: async (path) => await askVersion([path, 'version']),
  args: (job) => [
    'cp',
    '--no-tty',
    `--to-plain-http=${isPlain(job)}`,
    '--from-oci-layout',
    `${job.source.path}:${job.source.refName}`,
    imageOf(job),
  ],
}

/** `oci:` takes what follows a second colon as a name; `docker-archive:` has only one image here. */
const skopeoArgs: PushTool['args'] = (job) => [
  '--insecure-policy',
  'copy',
  '--quiet',
  // It speaks plain HTTP only when told not to verify.
  `--dest-tls-verify=${!isPlain(job)}`,
  job.source.kind === 'layout' ? `oci:${job.source.path}:${job.source.refName}` : `docker-archive:${job.source.path}`,
  `docker://${imageOf(job)}`,
]

const skopeo: PushTool = {
  tool: 'skopeo',
  takes: ['layout', 'docker-archive'],
  find: builtHere('TEKTON_ENTRA_SKOPEO_NEWEST', 'skopeo-newest', 'put one there'),
  version: async (path) => await askVersion([path, '--version']),
  args: skopeoArgs,
}

const debianSkopeo: PushTool = {
  ...skopeo,
  tool: 'skopeo of Debian',
  find: foreign('skopeo'),
}

/** Programs that others push with. */
export const peers: readonly PushTool[] = [crane, regctl, oras, skopeo, debianSkopeo]

/** Some of them, by name. */
export function peersNamed(...names: readonly string[]): readonly PushTool[] {
  return peers.filter(({ tool }) => names.includes(tool))
}
