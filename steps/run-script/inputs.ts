import type { Fault } from '../lib/core/errors.ts'
import type { Surroundings } from '../lib/step/define-step.ts'
import { checkIdentity, type IdentityInputs, type IdentityUse } from '../lib/federation/identity-inputs.ts'

/** The inputs that are looked at together; undefined is what was not given, or faulty by itself. */
export type ScriptInputs = IdentityInputs & {
  readonly 'script-file'?: string | undefined
  readonly 'script-from'?: string | undefined
  readonly script?: string | undefined
  readonly params?: readonly string[] | undefined
  readonly clouds?: readonly string[] | undefined
}

/** Bytes. A container's environment has little more room, and a longer program belongs into an image. */
export const longestScript = 100 * 1024

/** What `script-from` is when there is none: Kubernetes wants some name there. */
export const noConfigMap = 'no-script'

/** Where a run may have its script: Kubernetes gives it to the step as it stands there. */
export const scriptAnnotation = 'tekton-entra.github.io/script'

/** What is wrong with the inputs taken together. */
export function checkInputs(
  inputs: ScriptInputs,
  { annotations }: Pick<Surroundings, 'annotations'>,
): readonly Fault[] {
  const { script } = annotations
  const faults = script === undefined ? scriptFaults(inputs) : annotationFaults(script, inputs)
  return [...faults, ...paramFaults(inputs.params ?? []), ...checkIdentity(inputs, identityUse(inputs))]
}

/** Where the script may act: as `clouds` says, else where there is somebody to act as. */
export function identityUse(inputs: ScriptInputs): IdentityUse {
  const clouds = inputs.clouds ?? []
  if (clouds.length > 0) return { entra: clouds.includes('azure'), aws: clouds.includes('aws'), places: [] }
  const has = (...names: readonly ('tenant-id' | 'client-id' | 'aws-role-arn' | 'aws-region')[]) =>
    names.every((name) => inputs[name] !== undefined)
  return { entra: has('tenant-id', 'client-id'), aws: has('aws-role-arn', 'aws-region'), places: [] }
}

/** The object that the script finds as `params`, of inputs that passed the checks. */
export function scriptParams(entries: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entries.map((entry) => {
      const [name = ''] = entry.split('=')
      return [name, entry.slice(name.length + 1)]
    }),
  )
}

const expected = 'one script: by script-file, by script-from, by script or by the annotation'

function annotationFaults(text: string, { script, 'script-file': file, 'script-from': from }: ScriptInputs): Fault[] {
  const param = `annotation ${scriptAnnotation}`
  const isNamed = from !== undefined && from !== noConfigMap
  const others = [
    ...(file === undefined ? [] : [`script-file ${file}`]),
    ...(isNamed ? [`script-from ${from}`] : []),
    ...(script === undefined || isNamed ? [] : ['script']),
  ]
  const bytes = Buffer.byteLength(text)
  if (others.length > 0) return [{ param, got: [`${bytes} bytes`, ...others].join(', and '), expected }]
  return tooLong(param, bytes)
}

function scriptFaults({ script, 'script-file': file, 'script-from': from }: ScriptInputs): Fault[] {
  const isNamed = from !== undefined && from !== noConfigMap
  if (file !== undefined && isNamed)
    return [{ param: 'script-file', got: `${file}, and script-from ${from}`, expected }]
  if (file !== undefined && script !== undefined)
    return [{ param: 'script-file', got: `${file}, and script`, expected }]
  if (file !== undefined) return []
  if (script === undefined && isNamed)
    return [{ param: 'script-from', got: from, expected: 'a ConfigMap of this namespace that has the key script.ts' }]
  // A name that is faulty by itself may well have been of one.
  if (script === undefined) return from === undefined ? [] : [{ param: 'script-file', got: 'nothing', expected }]
  return tooLong('script', Buffer.byteLength(script))
}

function tooLong(param: string, bytes: number): Fault[] {
  if (bytes <= longestScript) return []
  return [{ param, got: `${bytes} bytes`, expected: `at most ${longestScript} bytes (100 KB)` }]
}

function paramFaults(entries: readonly string[]): Fault[] {
  const names = entries.map((entry) => entry.split('=')[0] ?? '')
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return [...twice].map((name) => ({ param: 'params', got: name, expected: 'each key once' }))
}
