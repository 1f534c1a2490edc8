import { runProgram } from './cloud.ts'
import { rootOf } from './layouts.ts'
import type { Tool } from './tools.ts'

/** Where a writer finds what it needs, and where it writes to. */
export type Place = {
  /** A layout with an index of two platforms, tagged `multi`, and one with an image, tagged `one`. */
  readonly multi: string
  readonly one: string
  /** A file, and an archive that holds it. */
  readonly file: string
  readonly archive: string
  /** Host of a registry that speaks plain HTTP and wants no password; crane's own, and empty without crane. */
  readonly registry: string
  /** What is to be written; it is not there yet. */
  readonly to: string
}

/** What must come out unchanged: the whole image, or, where the form has no manifest that could be kept, its config. */
export type Written = { readonly digest: string } | { readonly config: string }

/** What a writer makes at `to`, and how one learns without the product's code what is to come out. */
const forms = {
  folder: async (to: string): Promise<Written> => ({ digest: (await rootOf(to)).digest }),
  'oci-archive': async (to: string): Promise<Written> => ({ digest: await firstHash(to, 'index.json') }),
  // The config's file is named by its hash.
  'docker-archive': async (to: string): Promise<Written> => ({ config: await firstHash(to, 'manifest.json') }),
} as const

export type Form = keyof typeof forms

/** Programs that write one image, one after the other. */
export type Writer = {
  readonly what: string
  readonly form: Form
  readonly needs: readonly Tool[]
  readonly commands: (place: Place) => readonly (readonly [tool: Tool, ...args: readonly string[]])[]
}

/** What must come out of what a writer wrote. */
export async function readWritten({ form }: Writer, { to }: Place): Promise<Written> {
  return await forms[form](to)
}

/** The first digest that a file in an archive names. */
async function firstHash(archive: string, file: string): Promise<string> {
  const { stdout, stderr } = await runProgram('/bin/tar', ['-xOf', archive, file], { PATH: '/usr/bin:/bin' })
  const [hex] = /[0-9a-f]{64}/.exec(stdout) ?? []
  if (hex === undefined) throw new Error(`${archive} has no ${file} that names a digest: ${stderr}`)
  return `sha256:${hex}`
}

/** Every way of writing. */
export const writers: readonly Writer[] = [
  {
    what: "crane made and pulled, of OCI's types",
    form: 'folder',
    needs: ['crane'],
    commands: ({ archive, registry, to }) => [
      ['crane', 'append', '--oci-empty-base', '-f', archive, '-t', `${registry}/made/oci:v1`],
      ['crane', 'pull', '--format=oci', `${registry}/made/oci:v1`, to],
    ],
  },
  {
    what: "crane made and pulled, of Docker's types",
    form: 'folder',
    needs: ['crane'],
    commands: ({ archive, registry, to }) => [
      ['crane', 'append', '-f', archive, '-t', `${registry}/made/docker:v1`],
      ['crane', 'pull', '--format=oci', '--annotate-ref', `${registry}/made/docker:v1`, to],
    ],
  },
  {
    what: 'regctl copied an index',
    form: 'folder',
    needs: ['regctl'],
    commands: ({ multi, to }) => [['regctl', 'image', 'copy', `ocidir://${multi}:multi`, `ocidir://${to}:v1`]],
  },
  {
    what: 'regctl put an artifact',
    form: 'folder',
    needs: ['regctl'],
    commands: ({ file, to }) => [
      [
        'regctl',
        'artifact',
        'put',
        '--artifact-type',
        'application/vnd.example.chart',
        '-f',
        file,
        `ocidir://${to}:v1`,
      ],
    ],
  },
  {
    what: 'oras pushed an artifact',
    form: 'folder',
    needs: ['oras'],
    commands: ({ file, to }) => [['oras', 'push', '--disable-path-validation', '--oci-layout', `${to}:v1`, file]],
  },
  {
    what: 'skopeo copied an index',
    form: 'folder',
    needs: ['skopeo'],
    commands: ({ multi, to }) => [
      ['skopeo', '--insecure-policy', 'copy', '--all', `oci:${multi}:multi`, `oci:${to}:v1`],
    ],
  },
  {
    what: 'skopeo compressed anew, by zstd',
    form: 'folder',
    needs: ['skopeo'],
    commands: ({ one, to }) => [
      ['skopeo', '--insecure-policy', 'copy', `oci:${one}:one`, `dir:${to}-dir`],
      ['skopeo', '--insecure-policy', 'copy', '--dest-compress-format', 'zstd', `dir:${to}-dir`, `oci:${to}:v1`],
    ],
  },
  {
    what: 'buildah built an image from nothing',
    form: 'folder',
    needs: ['buildah'],
    commands: ({ file, to }) => [
      ['buildah', 'from', '--name', 'work', 'scratch'],
      ['buildah', 'add', 'work', file, '/'],
      ['buildah', 'config', '--entrypoint', '["/hello"]', 'work'],
      ['buildah', 'commit', 'work', 'built'],
      ['buildah', 'push', 'built', `oci:${to}:v1`],
    ],
  },
  {
    what: "buildah built, a list of Docker's types",
    form: 'folder',
    needs: ['buildah'],
    commands: ({ file, to }) => [
      ['buildah', 'from', '--name', 'docker-work', 'scratch'],
      ['buildah', 'add', 'docker-work', file, '/'],
      ['buildah', 'commit', '--format', 'docker', '--manifest', 'list', 'docker-work', 'docker-built'],
      ['buildah', 'manifest', 'push', '--all', 'list', `oci:${to}:v1`],
    ],
  },
  {
    what: 'crane made, as a tarball',
    form: 'docker-archive',
    needs: ['crane'],
    commands: ({ archive, to }) => [['crane', 'append', '-f', archive, '-t', 'made/tarball:v1', '-o', to]],
  },
  {
    what: 'skopeo copied, as an OCI archive',
    form: 'oci-archive',
    needs: ['skopeo'],
    commands: ({ one, to }) => [['skopeo', '--insecure-policy', 'copy', `oci:${one}:one`, `oci-archive:${to}:v1`]],
  },
  {
    what: 'skopeo copied, as a docker archive',
    form: 'docker-archive',
    needs: ['skopeo'],
    commands: ({ one, to }) => [
      ['skopeo', '--insecure-policy', 'copy', `oci:${one}:one`, `docker-archive:${to}:made/skopeo:v1`],
    ],
  },
  {
    what: 'buildah built, as a docker archive',
    form: 'docker-archive',
    needs: ['buildah'],
    commands: ({ file, to }) => [
      ['buildah', 'from', '--name', 'archived', 'scratch'],
      ['buildah', 'add', 'archived', file, '/'],
      ['buildah', 'commit', 'archived', 'archived'],
      ['buildah', 'push', 'archived', `docker-archive:${to}:made/buildah:v1`],
    ],
  },
]

/** oras lists the manifests of an index beside the index itself, each as an image of its own. */
export const orasIndex: Writer = {
  what: 'oras copied an index',
  form: 'folder',
  needs: ['oras'],
  commands: ({ multi, to }) => [['oras', 'copy', '--from-oci-layout', '--to-oci-layout', `${multi}:multi`, `${to}:v1`]],
}
