import type { Tenant } from '../config.ts'
import type { World } from '../world.ts'
import { cloudOf, clouds } from './clouds.ts'
import type { Cloud } from './clouds.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const ZERO_GUID = '00000000-0000-0000-0000-000000000000'
const DNS_NAME = /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/i

/** Path segments that stand for no tenant in particular. */
export const sharedTenants: readonly string[] = ['common', 'organizations', 'consumers']

/** The tenant that a path segment names, by id or verified domain, among those of the clouds. Ids and domains know no case. */
export function findTenant(world: World, segment: string, among: readonly Cloud[]): Tenant | undefined {
  const wanted = segment.toLowerCase()
  return world.config.tenants.find(
    (tenant) =>
      among.includes(cloudOf(tenant)) &&
      [tenant.id, ...(tenant.domains ?? [])].some((name) => name.toLowerCase() === wanted),
  )
}

/** Why a path segment names no tenant of the cloud that was asked. */
export function refuseTenant(world: World, segment: string): Refusal {
  const wanted = segment.toLowerCase()
  // The clouds know of each other's tenants, and refuse confidential clients of them (reports of AADSTS900382).
  if (findTenant(world, segment, clouds) !== undefined) return refuse(900382)
  // [K] assumption: which of the two a shared path gets in this grant.
  if (wanted === 'organizations') return refuse(50059)
  if (sharedTenants.includes(wanted)) return refuse(9001023)
  if (wanted === ZERO_GUID) return refuse(900021, { tenant: segment })
  return refuse(GUID.test(segment) || DNS_NAME.test(segment) ? 90002 : 900023, { tenant: segment })
}
