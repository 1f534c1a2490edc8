import type { Fault } from '../lib/core/errors.ts'
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

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: ScriptInputs): readonly Fault[] {
  return [...scriptFaults(inputs), ...paramFaults(inputs.params ?? []), ...checkIdentity(inputs, identityUse(inputs))]
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

function scriptFaults({ script, 'script-file': file, 'script-from': from }: ScriptInputs): Fault[] {
  const expected = 'one script: by script-file, by script-from or by script'
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
  const bytes = Buffer.byteLength(script)
  if (bytes <= longestScript) return []
  return [{ param: 'script', got: `${bytes} bytes`, expected: `at most ${longestScript} bytes (100 KB)` }]
}

function paramFaults(entries: readonly string[]): Fault[] {
  const names = entries.map((entry) => entry.split('=')[0] ?? '')
  const twice = new Set(names.filter((name, index) => names.indexOf(name) !== index))
  return [...twice].map((name) => ({ param: 'params', got: name, expected: 'each key once' }))
}
