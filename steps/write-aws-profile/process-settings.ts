import { readFile } from 'node:fs/promises'
import { stepError } from '../lib/core/errors.ts'
import { Secret } from '../lib/core/secret.ts'
import { isObject, parseStrictJson } from '../lib/core/strict-json.ts'
import { version } from '../lib/core/version.ts'
import { Unmergeable, type Merge } from '../lib/handover/hand-over-folder.ts'

/** The call of a step, for one of its profiles: what the program of a profile is called with in its place. Holds no secret. */
export type ProcessSettings = {
  /** Name of the profile. */
  readonly profile: string
  /** The lists, as the step got them. */
  readonly arguments: readonly string[]
  /** The variables that the step reads. */
  readonly variables: Readonly<Record<string, string>>
}

/** What the file calls itself: it is read by the version that wrote it. */
const writer = `tekton-entra ${version} write-aws-profile`

/** The call is some thirty short values, and a bundle of certificates. */
const longestFile = 1024 * 1024

/** Name of a profile's settings in the folder of the profiles. */
export function settingsFile(profile: string): string {
  return `process-${profile}.json`
}

/** The text of the settings, in the place of earlier ones of the same profile and of nothing else. */
export function settingsText(settings: ProcessSettings): Merge {
  return (existing) => {
    if (existing !== undefined && !existing.startsWith('{\n  "writer": "tekton-entra '))
      throw new Unmergeable('it is not the settings of a profile')
    return new Secret(`${JSON.stringify({ writer, ...settings }, undefined, 2)}\n`)
  }
}

/** Reads the settings of a profile. Throws HANDOVER_SETTINGS_UNUSABLE. */
export async function readSettings(path: string | undefined): Promise<ProcessSettings> {
  const unusable = (reason: string, cause?: unknown) =>
    stepError('HANDOVER_SETTINGS_UNUSABLE', { path: path ?? '(nowhere)', reason }, { cause })
  if (path === undefined) throw unusable('the command line names none')
  const bytes = await readFile(path).catch((error: unknown) => {
    throw unusable(error instanceof Error ? error.message : String(error), error)
  })
  if (bytes.length > longestFile) throw unusable(`it has more than ${longestFile} bytes`)
  let parsed: unknown
  try {
    parsed = parseStrictJson(bytes)
  } catch (error) {
    throw unusable(error instanceof Error ? `it is no JSON (${error.message})` : String(error), error)
  }
  if (!isObject(parsed)) throw unusable('it is no JSON object')
  if (parsed['writer'] !== writer) throw unusable(`it is not of ${writer}`)
  const { profile, arguments: args, variables } = parsed
  if (typeof profile !== 'string' || !isTexts(args) || !isObject(variables)) throw unusable('it is not whole')
  const texts = Object.entries(variables).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return { profile, arguments: args, variables: Object.fromEntries(texts) }
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}
