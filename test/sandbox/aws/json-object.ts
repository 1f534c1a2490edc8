/** A JSON object as it came from outside; nothing of it is trusted yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Whether a parsed JSON value is an object. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
