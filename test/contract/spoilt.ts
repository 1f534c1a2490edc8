/** An object of which every part can be changed. */
export type Changeable<T> = T extends readonly (infer E)[]
  ? Changeable<E>[]
  : T extends object
    ? { -readonly [K in keyof T]: Changeable<T[K]> }
    : T

/** One way to spoil a good object, and how the contract checker must complain of it. Tekton's own admission may take it all the same. */
export type Spoilt<T> = {
  readonly what: string
  readonly spoil: (good: Changeable<T>) => unknown
  readonly fault: RegExp
}

/** A deep copy of the good object with one thing spoilt. */
export function spoiltCopy<T extends object>(good: T, spoil: Spoilt<T>['spoil']): T {
  const copy: unknown = structuredClone(good)
  spoil(copy as Changeable<T>)
  return copy as T
}

/** What a variant changes, which must be there. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the good object has changed: this variant spoils nothing any more')
  return value
}
