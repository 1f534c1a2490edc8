import { isObject, type JsonObject } from '../../lib/core/strict-json.ts'

/** The value at a path of a document from outside; undefined where there is none. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, name) => (isObject(inner) ? inner[name] : undefined), value)
}

/** The text at a path; `''` where there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The objects of a list at a path; what is no object is left out. */
export function objectsAt(value: unknown, ...path: readonly string[]): readonly JsonObject[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter(isObject) : []
}

/** The texts of a list at a path. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = at(value, ...path)
  return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : []
}

/** The texts of an object at a path, by name. */
export function mapAt(value: unknown, ...path: readonly string[]): Readonly<Record<string, string>> {
  const found = at(value, ...path)
  const entries = isObject(found) ? Object.entries(found) : []
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}
