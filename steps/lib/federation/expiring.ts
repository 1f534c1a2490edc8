import type { Clock } from '../core/clock.ts'

/** Something that ends, and can be obtained again. */
export type Expiring<T> = {
  /** The one that is held, or a new one when it is about to end. */
  current(): Promise<T>
  /** A new one in any case. */
  renew(): Promise<T>
  /** A new one in the place of `refused`; what is held when that has been replaced already. For several who share it. */
  replace(refused: T): Promise<T>
}

/** What is this close to its end is not used for anything new. */
const usualMarginMs = 60_000

/** Holds one `T`, obtained at first use, once however many ask at the same time. `expiresAt` in epoch milliseconds, 0 = unknown. */
export function expiring<T extends { readonly expiresAt: number }>(
  clock: Clock,
  obtain: () => Promise<T>,
  marginMs: number = usualMarginMs,
): Expiring<T> {
  let held: Promise<T> | undefined
  const renew = async () => {
    const obtained = obtain()
    held = obtained
    // A failure is not held: whoever asks next tries again.
    obtained.catch(() => {
      if (held === obtained) held = undefined
    })
    return await obtained
  }
  return {
    renew,
    replace: async (refused) => {
      const asked = held
      if (asked === undefined) return await renew()
      const value = await asked
      if (value !== refused) return value
      return await (held === asked || held === undefined ? renew() : held)
    },
    current: async () => {
      const asked = held
      if (asked === undefined) return await renew()
      const value = await asked
      if (value.expiresAt === 0 || value.expiresAt - clock.now() > marginMs) return value
      // Several may find it ending at once; the first one renews, the others take what it obtains.
      return await (held === asked || held === undefined ? renew() : held)
    },
  }
}
