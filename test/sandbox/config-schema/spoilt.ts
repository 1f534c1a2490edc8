/** Every way into a value. */
export function* ways(
  value: unknown,
  path: readonly (string | number)[] = [],
): Generator<readonly (string | number)[]> {
  yield path
  if (typeof value !== 'object' || value === null) return
  for (const [key, entry] of Object.entries(value))
    yield* ways(entry, [...path, Array.isArray(value) ? Number(key) : key])
}

/** The value with another one at the end of the way; `undefined` takes it away. */
export function changed(value: unknown, [first, ...rest]: readonly (string | number)[], to: unknown): unknown {
  if (first === undefined) return to
  const copy = structuredClone(value) as Record<string | number, unknown>
  const next = rest.length === 0 ? to : changed(copy[first], rest, to)
  if (next === undefined && Array.isArray(copy)) copy.splice(Number(first), 1)
  else if (next === undefined) Reflect.deleteProperty(copy, first)
  else copy[first] = next
  return copy
}
