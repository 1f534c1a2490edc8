/** A map that forgets its oldest entry when it would grow beyond its limit: for a sandbox that runs for days. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #limit: number
  constructor(limit: number) {
    super()
    this.#limit = limit
  }
  override set(key: K, value: V): this {
    super.set(key, value)
    forgetOldest(this, this.#limit)
    return this
  }
}

/** A set that forgets its oldest member likewise. */
export class BoundedSet<T> extends Set<T> {
  readonly #limit: number
  constructor(limit: number) {
    super()
    this.#limit = limit
  }
  override add(member: T): this {
    super.add(member)
    forgetOldest(this, this.#limit)
    return this
  }
}

/** Maps and sets keep the order in which their members came. */
function forgetOldest<K>(
  book: { readonly size: number; keys(): IterableIterator<K>; delete(key: K): boolean },
  limit: number,
): void {
  if (book.size <= limit) return
  const oldest = book.keys().next()
  if (oldest.done !== true) book.delete(oldest.value)
}
