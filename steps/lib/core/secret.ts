import { createHash } from 'node:crypto'
import { inspect } from 'node:util'

/** A value that never reaches a log line: printing, JSON and inspection all show `[secret]`. */
export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The value itself, for the one place that sends it or writes it to its 0600 file. */
  reveal(): string {
    return this.#value
  }
  /** Hex SHA-256 of the value: what a record may say of a token. */
  sha256(): string {
    return createHash('sha256').update(this.#value).digest('hex')
  }
  toString(): string {
    return '[secret]'
  }
  toJSON(): string {
    return '[secret]'
  }
  [inspect.custom](): string {
    return '[secret]'
  }
}
