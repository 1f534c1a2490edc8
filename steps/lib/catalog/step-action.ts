import { stringify } from 'yaml'
import {
  apiMountPath,
  contextFields,
  envName,
  handOverMountPath,
  imageProgram,
  networkKeys,
  profilePlace,
  resultsOf,
  scratchMountPath,
  sealedMountPath,
  sidedName,
  sinkKeys,
  stepImageParam,
  tokenFiles,
  tokenMountPath,
  webhookFields,
  type Param,
  type StepDefinition,
} from '../step/define-step.ts'
import { identityParams } from '../step/identity-params.ts'
import type { TaskParam } from './task.ts'

/** What stands in the YAML of every step beside what its declaration says. */
export type Published = { readonly image: string; readonly version: string }

/** The oldest Tekton on which the syntax used here is tested; in `tekton.dev/pipelines.minVersion`. */
export const oldestTekton = '1.9.0'

/** Pod Security `restricted`, without a uid: OpenShift assigns its own. */
export const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
} as const

const identityKeys = Object.entries<Param>(identityParams)
  .filter(([, param]) => param.profile === true)
  .map(([name]) => name)

type Env = { name: string; value: string } | { name: string; valueFrom: Record<string, unknown> }

/** The StepAction that calls this step, as a YAML document that says where it comes from. */
export function stepActionYaml(step: StepDefinition, published: Published): string {
  const document = {
    apiVersion: 'tekton.dev/v1beta1',
    kind: 'StepAction',
    metadata: {
      name: step.name,
      labels: { 'app.kubernetes.io/version': published.version },
      annotations: {
        'tekton.dev/pipelines.minVersion': oldestTekton,
        'tekton.dev/displayName': step.name.replaceAll('-', ' '),
        'tekton.dev/platforms': 'linux/amd64,linux/arm64',
      },
    },
    spec: {
      description: step.summary,
      params: stepActionParams(step, published.image),
      // Of a result without a type Tekton looks at the text: a JSON list of texts would be a list, and fail the run.
      results: Object.entries(resultsOf(step)).map(([name, { description }]) => ({
        name,
        type: 'string',
        description,
      })),
      image: imageOf(step, published),
      command: commandOf(step),
      ...argsOf(step),
      env: envOf(step, { workspace: (name) => `$(params.${name}-path)` }),
      ...volumeMountsOf(step),
      securityContext: restricted,
    },
  }
  const origin = `# Generated from steps/${step.name}/step.ts by \`npm run generate\`. Do not edit.\n`
  return origin + stringify(document, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** The image that runs the step, as its YAML names it. */
export function imageOf({ imageParam }: StepDefinition, { image }: Published): string {
  return imageParam === undefined ? image : `$(params.${stepImageParam})`
}

/** How a container starts the step; the local run replaces the first two words. */
export function commandOf(step: StepDefinition): string[] {
  return [...imageProgram, step.name]
}

/** Each list travels as `--name` and its entries: Tekton allows no arrays in env. */
export function argsOf(step: StepDefinition): { args?: string[] } {
  const lists = Object.entries(step.params).filter(([, param]) => param.kind === 'list')
  return lists.length === 0 ? {} : { args: lists.flatMap(([name]) => [`--${name}`, `$(params.${name}[*])`]) }
}

/**
 * Keys of the profile that are no params of the step. The record sink may ask for a token, and the profile says how the pod gets one, whatever of
 * that the step itself knows.
 */
function keysBeside({ params, mainSide }: StepDefinition): readonly string[] {
  const ofIdentity = identityKeys.filter((key) => !Object.hasOwn(params, sidedName(mainSide, key)))
  return [...ofIdentity, ...networkKeys, ...sinkKeys]
}

/** Every variable that the step reads, with where Tekton or Kubernetes fills it from. */
export function envOf(step: StepDefinition, from: { workspace: (name: string) => string }): Env[] {
  const params = Object.entries(step.params)
  const shared = { of: sidedName(step.mainSide, 'identity') }
  const profileKeys = [
    ...params
      .filter(([, param]) => param.profile === true)
      .map(([name, param]) => [name, profilePlace(name, param)] as const),
    ...(step.token ? keysBeside(step).map((key) => [key, { ...shared, key }] as const) : []),
  ]
  return [
    ...params
      .filter(([, param]) => param.kind !== 'list')
      .map(([name]) => ({ name: envName('PARAM', name), value: `$(params.${name})` })),
    ...Object.keys(step.workspaces).map((name) => ({ name: envName('WORKSPACE', name), value: from.workspace(name) })),
    ...profileKeys.map(([name, place]) => ({ name: envName('PROFILE', name), valueFrom: profileKey(place) })),
    ...Object.entries(step.annotations ?? {}).map(([name, { key }]) => ({
      name: envName('ANNOTATION', name),
      valueFrom: { fieldRef: { fieldPath: `metadata.annotations['${key}']` } },
    })),
    ...(step.token ? tokenEnv() : []),
    ...(step.scratch === true ? [{ name: 'SCRATCH_FOLDER', value: scratchMountPath }] : []),
    ...(step.handOver === true ? [{ name: 'HAND_OVER_FOLDER', value: handOverMountPath }] : []),
    ...(step.sealed === true ? [{ name: 'SEALED_FOLDER', value: sealedMountPath }] : []),
    ...(step.clusterApi === true ? [{ name: 'API_FOLDER', value: apiMountPath }] : []),
    ...Object.keys(resultsOf(step)).map((name) => ({
      name: envName('RESULT', name),
      value: `$(step.results.${name}.path)`,
    })),
    ...Object.entries({ ...contextFields, ...(step.sidecar === true ? webhookFields : {}) }).map(
      ([name, fieldPath]) => {
        return { name, valueFrom: { fieldRef: { fieldPath } } }
      },
    ),
  ]
}

function tokenEnv(): Env[] {
  return Object.entries(tokenFiles).map(([name, file]) => ({ name, value: `${tokenMountPath}/${file}` }))
}

function profileKey({ of, key }: { of: string; key: string }): Record<string, unknown> {
  return { configMapKeyRef: { name: `$(params.${of})`, key, optional: true } }
}

/** The default that a param has in YAML: `''` where the step itself looks further (profile, webhook, its own default). */
export function yamlDefault(param: Param): string | readonly string[] | undefined {
  if (param.kind === 'list') return param.profile === true ? [] : (param.default ?? [])
  return param.profile === true || param.optional === true ? '' : param.default
}

/** The params of the step's StepAction: its own, and what a Task has as workspaces and volumes. `image` is the default of the one that names it. */
export function stepActionParams(step: StepDefinition, image = ''): readonly TaskParam[] {
  const { imageParam } = step
  const images =
    imageParam === undefined ? [] : [{ name: stepImageParam, type: 'string', description: imageParam, default: image }]
  const params = Object.entries(step.params).map(([name, param]) => yamlParam(name, param))
  const paths = Object.entries(step.workspaces).map(([name, workspace]) => ({
    name: `${name}-path`,
    type: 'string',
    description: `Path of the workspace \`${name}\`. ${workspace.description}`,
    ...(workspace.optional === true ? { default: '' } : {}),
  }))
  const volumes = volumeParams(step).map(([name, description]) => ({ name, type: 'string', description }))
  return [...params, ...paths, ...volumes, ...images]
}

/** A StepAction cannot declare volumes: these params name those of the Task. */
export function volumeParams(step: StepDefinition): readonly (readonly [name: string, description: string])[] {
  const token = [
    'token-volume',
    'Name of the projected token volume in the Task; its file is called `token`, the one for `aws-identity: cluster` beside it `aws-token`.',
  ] as const
  const scratch = [
    'scratch-volume',
    'Name of an `emptyDir` volume in the Task, for temporary files: unpacked archives, compressed layers.',
  ] as const
  const handOver = [
    'hand-over-volume',
    'Name of an `emptyDir` volume with `medium: Memory` in the Task, for what is handed over to its later steps.',
  ] as const
  return [
    ...(step.token ? [token] : []),
    ...(step.scratch === true ? [scratch] : []),
    ...(step.handOver === true ? [handOver] : []),
  ]
}

function volumeMountsOf(step: StepDefinition) {
  const token = { name: '$(params.token-volume)', mountPath: tokenMountPath, readOnly: true }
  const scratch = { name: '$(params.scratch-volume)', mountPath: scratchMountPath }
  const handOver = { name: '$(params.hand-over-volume)', mountPath: handOverMountPath }
  const volumeMounts = [
    ...(step.token ? [token] : []),
    ...(step.scratch === true ? [scratch] : []),
    ...(step.handOver === true ? [handOver] : []),
  ]
  return volumeMounts.length === 0 ? {} : { volumeMounts }
}

function yamlParam(name: string, param: Param): TaskParam {
  const fallback = yamlDefault(param)
  return {
    name,
    type: param.kind === 'list' ? 'array' : 'string',
    description: param.description,
    ...(fallback === undefined ? {} : { default: fallback }),
  }
}
