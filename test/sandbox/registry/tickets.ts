import type { World } from '../world.ts'
import type { Digest } from './digest.ts'
import { openRegistries } from './state.ts'

/** A signed download link: good for one blob, once, for a while. */
export type Ticket = {
  readonly blob: { readonly digest: Digest; readonly size: number }
  /** Epoch milliseconds by the sandbox's clock. */
  readonly expiresAt: number
  used: boolean
}

/** What came of a link that a client brought. */
export type Redemption = Ticket['blob'] | 'unknown' | 'expired' | 'used'

/** Books a link that a registry is about to hand out. */
export const bookTicket = (world: World, url: URL, ticket: Omit<Ticket, 'used'>): void => {
  openRegistries(world).tickets.set(canonicalUrl(url), { ...ticket, used: false })
}

/** Takes the link in: each works once, so that a leaked or logged one shows up as the second try. */
export const redeemTicket = (world: World, url: URL): Redemption => {
  const ticket = openRegistries(world).tickets.get(canonicalUrl(url))
  if (ticket === undefined) return 'unknown'
  if (ticket.used) return 'used'
  if (ticket.expiresAt <= world.clock.now()) return 'expired'
  ticket.used = true
  return ticket.blob
}

// Signatures cover names and values, not the order or spelling of the escapes.
const canonicalUrl = (url: URL): string => {
  const query = new URLSearchParams(url.searchParams)
  query.sort()
  return `${url.host}${url.pathname}?${query.toString()}`
}
