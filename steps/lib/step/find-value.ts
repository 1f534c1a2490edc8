import { isDeepStrictEqual } from 'node:util'
import { envName, type Param } from './define-step.ts'
import { fromBoth } from './guards.ts'

/** Where a step's inputs come from: the container's environment and arguments, or a laptop's. */
export type RawInputs = { readonly env: Readonly<Record<string, string | undefined>>; readonly args: readonly string[] }

/** A value as somebody gave it, and where it stands. */
export type FoundValue = { readonly texts: readonly string[]; readonly from: string }

/** The value of a param: what the run gave, else the profile, else a webhook, else the default; undefined where none has any. */
export function findValue(
  name: string,
  param: Param,
  raw: RawInputs,
  list: readonly string[] | undefined,
): FoundValue | undefined {
  const given = param.kind === 'list' ? (list ?? []) : textsOf(raw.env[envName('PARAM', name)], param)
  const profile = param.profile === true ? profileTexts(param, raw.env[envName('PROFILE', name)]) : []
  // Tekton fills in the Task's default as if it had been given.
  const filledIn = param.profile !== true && isDeepStrictEqual(given, textsOfDefault(param))
  if (param.adds !== undefined && given.length > 0 && profile.length > 0)
    return { texts: [...new Set([...profile, ...given])], from: fromBoth }
  if (given.length > 0) return { texts: given, from: filledIn ? 'default' : 'param' }
  if (profile.length > 0) return { texts: profile, from: 'profile' }
  const webhook = webhookTexts(param, raw)
  if (webhook.length > 0) return { texts: webhook, from: `webhook ${param.webhook}` }
  return param.default === undefined ? undefined : { texts: textsOfDefault(param), from: 'default' }
}

function textsOfDefault({ default: fallback = [] }: Param): readonly string[] {
  return typeof fallback === 'string' ? [fallback] : fallback
}

/** What a key of the profile holds for a param. */
export function profileTexts(param: Param, text: string | undefined): readonly string[] {
  return param.kind === 'list' ? (text ?? '').split(/[\s,]+/).filter((entry) => entry !== '') : textsOf(text, param)
}

function webhookTexts(param: Param, raw: RawInputs): readonly string[] {
  const texts = param.webhook === undefined ? [] : textsOf(raw.env[param.webhook])
  const meanings = param.webhookValues
  return meanings === undefined ? texts : texts.map((text) => meaningOf(text.replace(/\/+$/, ''), meanings) ?? text)
}

function meaningOf(text: string, meanings: Readonly<Record<string, string>>): string | undefined {
  return Object.hasOwn(meanings, text) ? meanings[text] : undefined
}

/** `''` means "not given" everywhere; ConfigMap values often end in a newline. */
export function textsOf(text = '', { exact }: Pick<Param, 'exact'> = {}): readonly string[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  return [exact === true ? text : trimmed]
}

/** A value for people: how much it is where it has to be kept byte for byte. */
export function shown({ exact }: Param, texts: readonly string[]): string {
  const text = texts.join(' ')
  return exact === true ? `${Buffer.byteLength(text)} bytes` : text
}
