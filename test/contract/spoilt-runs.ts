import type { TaskRun } from '../../steps/lib/catalog/check-run.ts'
import type { Spoilt } from './spoilt.ts'

/** A TaskRun as Tekton takes it. */
export type WholeTaskRun = TaskRun & {
  readonly apiVersion: string
  readonly metadata: { readonly generateName: string }
}

export const goodRun: WholeTaskRun = {
  apiVersion: 'tekton.dev/v1',
  kind: 'TaskRun',
  metadata: { generateName: 'push-image-' },
  spec: {
    taskRef: { name: 'push-image' },
    params: [{ name: 'image', value: 'contoso.azurecr.io/shop/web:1.0' }],
    workspaces: [{ name: 'source', emptyDir: {} }],
  },
}

/** TaskRuns of push-image that the contract checker refuses. */
export const spoiltRuns: readonly Spoilt<WholeTaskRun>[] = [
  {
    what: 'an unknown param',
    spoil: ({ spec }) => spec.params?.push({ name: 'dryrun', value: 'true' }),
    fault: /gives "dryrun", which push-image does not take: Tekton would ignore it/,
  },
  { what: 'a missing param', spoil: ({ spec }) => (spec.params = []), fault: /does not give "image"/ },
  {
    what: 'a param that is given twice',
    spoil: ({ spec }) => spec.params?.push({ name: 'image', value: 'contoso.azurecr.io/shop/web:2.0' }),
    fault: /gives a param twice/,
  },
  {
    what: 'a literal that the step would refuse',
    spoil: ({ spec }) => spec.params?.push({ name: 'dry-run', value: 'yes' }),
    fault: /gives "dry-run" as "yes", expected/,
  },
  {
    what: 'a list as text',
    spoil: ({ spec }) => spec.params?.push({ name: 'allowed-accounts', value: '123456789012' }),
    fault: /gives "allowed-accounts" as a string/,
  },
  {
    what: 'a text as list',
    spoil: ({ spec }) => spec.params?.push({ name: 'path', value: ['image'] }),
    fault: /gives "path" as a list, push-image takes a string/,
  },
  {
    what: 'an entry of a list that the step would refuse',
    spoil: ({ spec }) => spec.params?.push({ name: 'tags', value: ['1.0', '-x'] }),
    fault: /gives "tags" as "1\.0 -x", expected/,
  },
  {
    what: 'a missing workspace',
    spoil: ({ spec }) => (spec.workspaces = []),
    fault: /does not bind the workspace "source"/,
  },
  {
    what: 'an unknown workspace',
    spoil: ({ spec }) => spec.workspaces?.push({ name: 'cache', emptyDir: {} }),
    fault: /binds the workspace "cache", which push-image does not declare/,
  },
  {
    what: 'an unknown Task',
    spoil: ({ spec }) => (spec.taskRef = { name: 'push-imag' }),
    fault: /no Task of this repository/,
  },
]
