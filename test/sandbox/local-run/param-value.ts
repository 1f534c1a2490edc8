import type { ParamValue } from '../../../steps/lib/catalog/task.ts'

/** What Tekton makes of any JSON where it expects a param: what is no string, array or object of strings becomes the text of its JSON. */
export function paramValueOf(json: unknown): ParamValue {
  if (typeof json === 'string') return json
  if (json === null) return ''
  if (Array.isArray(json) && json.every(isText)) return json.map((entry) => entry ?? '')
  if (typeof json === 'object' && !Array.isArray(json) && Object.values(json).every(isText)) {
    return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, String(value ?? '')]))
  }
  return JSON.stringify(json)
}

/** A result file of no declared type is read as JSON where it is some: a quoted string loses its quotes, a list becomes one. */
export function untypedValueOf(text: string): ParamValue {
  try {
    const value = paramValueOf(JSON.parse(text))
    // A number or boolean, or a list of them, stays as it was written: 1.10 does not become 1.1.
    return typeof value === 'string' && !/^\s*("|null\s*$)/.test(text) ? text : value
  } catch {
    return text
  }
}

/** The type that Tekton sees in a value. */
export function typeOf(value: ParamValue): 'string' | 'array' | 'object' {
  if (typeof value === 'string') return 'string'
  return isList(value) ? 'array' : 'object'
}

export function isList(value: ParamValue): value is readonly string[] {
  return Array.isArray(value)
}

function isText(value: unknown): value is string | null {
  return typeof value === 'string' || value === null
}
