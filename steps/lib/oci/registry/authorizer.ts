import type { Secret } from '../../core/secret.ts'
import { settling } from '../settled-failure.ts'

/** Gives the credential of one repository on one registry. It retries by itself: its errors end the push. */
export type Authorizer = {
  /**
   * The whole value of the `Authorization` header; undefined where none is to be sent. Asked for each request: it keeps what it has while
   * that is good.
   */
  authorization(): Promise<Secret | undefined>
  /** Drops what it has and gets a fresh one, because the registry no longer took it. */
  renew(): Promise<void>
}

/** What one request was sent with, so that its 401 is laid to the right credential. */
export type Issued = { readonly authorization: Secret | undefined; readonly generation: number }

/** One credential shared by parallel requests: however many of them it fails at once, it is renewed once. */
export class SharedCredential {
  readonly #authorizer: Authorizer
  #generation = 0
  #renewal: Promise<void> | undefined
  #latest: Secret | undefined

  constructor(authorizer: Authorizer) {
    this.#authorizer = authorizer
  }

  /** What the last request was sent with. */
  get latest(): Secret | undefined {
    return this.#latest
  }

  async issue(): Promise<Issued> {
    const generation = this.#generation
    this.#latest = await settling(this.#authorizer.authorization())
    return { authorization: this.#latest, generation }
  }

  /** Renews, unless that has happened since `refused` was issued. */
  async renew(refused: Issued): Promise<void> {
    if (refused.generation !== this.#generation) return
    this.#renewal ??= this.#renewOnce()
    await this.#renewal
  }

  async #renewOnce(): Promise<void> {
    try {
      await settling(this.#authorizer.renew())
      this.#generation += 1
    } finally {
      this.#renewal = undefined
    }
  }
}
