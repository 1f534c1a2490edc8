import { isObject, type JsonObject } from './strict-json.ts'

/** JSON of others, of which nothing is believed before it was looked at: undefined where it is none. */
export function tryJson(content: Buffer | string): unknown {
  try {
    return JSON.parse(content.toString())
  } catch {
    return undefined
  }
}

/** The object that a parsed value is; one without members where it is something else. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {}
}
