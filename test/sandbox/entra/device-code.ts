import type { Tenant } from '../config.ts'
import type { World } from '../world.ts'
import { found } from './exchange.ts'
import type { Check, Exchange } from './exchange.ts'
import { createUserCode, mintOpaque, personState } from './person-state.ts'
import type { DeviceGrant } from './person-state.ts'
import { refuse } from './refusals.ts'
import type { Refusal } from './refusals.ts'

/** Microsoft's fixed values (protocols §4.3). */
const LIFETIME_SECONDS = 900
const INTERVAL_SECONDS = 5
/** [K] assumption: a poll this much too early is forgiven; timers of clients are not exact. */
const EARLY_POLL_MS = 1000

/** Starts a device flow and gives the answer's body. */
export function startDeviceFlow(exchange: Exchange, tenants: readonly Tenant[]): object {
  const { world, cloud, form } = exchange
  const deviceCode = mintOpaque(world, 'DA')
  const userCode = createUserCode()
  personState(world).devices.set(deviceCode, {
    userCode,
    clientId: form.get('client_id') ?? '',
    scope: form.get('scope') ?? '',
    tenants,
    expiresAt: world.clock.now() + LIFETIME_SECONDS * 1000,
    polledAt: undefined,
    answer: undefined,
  })
  return {
    user_code: userCode,
    device_code: deviceCode,
    verification_uri: cloud.deviceLogin,
    expires_in: LIFETIME_SECONDS,
    interval: INTERVAL_SECONDS,
    message: `To sign in, use a web browser to open the page ${cloud.deviceLogin} and enter the code ${userCode} to authenticate.`,
  }
}

/** A person answers at the page, or a test does in their name. Gives why not, or undefined when the answer was taken. */
export function answerDeviceCode(
  world: World,
  userCode: string,
  answer: { readonly upn: string } | 'decline',
): string | undefined {
  const device = [...personState(world).devices.values()].find((one) => one.userCode === userCode.trim().toUpperCase())
  if (device === undefined || device.expiresAt <= world.clock.now()) return 'no such code, or it has expired'
  if (device.answer !== undefined) return 'the code was answered before'
  if (answer === 'decline') {
    device.answer = 'declined'
    return undefined
  }
  const person = findPerson(device, answer.upn)
  if (person === undefined) return `nobody is called ${answer.upn} where the client asked`
  device.answer = person
  return undefined
}

function findPerson(device: DeviceGrant, upn: string): Exclude<DeviceGrant['answer'], string> {
  for (const tenant of device.tenants) {
    const user = tenant.users?.find((one) => one.upn.toLowerCase() === upn.toLowerCase())
    if (user !== undefined) return { tenant, user }
  }
  return undefined
}

/** A poll with a device code. */
export const deviceChecks: readonly Check[] = [
  {
    name: 'public client',
    run: ({ registration }) => (found(registration).app.allowPublicClient === true ? undefined : refuse(7000218)),
  },
  { name: 'device code', run: findDevice },
  { name: 'device code not expired', run: checkAge },
  { name: 'poll interval', run: checkInterval },
  { name: 'answer of the person', run: checkAnswer },
]

function findDevice(exchange: Exchange): Refusal | undefined {
  const device = personState(exchange.world).devices.get(exchange.form.get('device_code') ?? '')
  if (device === undefined || device.clientId.toLowerCase() !== found(exchange.app).clientId.toLowerCase())
    return refuse(70018)
  exchange.device = device
  return device.answer === 'redeemed' ? refuse(54005) : undefined
}

function checkAge({ world, device }: Exchange): Refusal | undefined {
  return found(device).expiresAt > world.clock.now() ? undefined : refuse(70020)
}

/** RFC 8628 §3.5. */
function checkInterval({ world, device }: Exchange): Refusal | undefined {
  const { polledAt } = found(device)
  const now = world.clock.now()
  found(device).polledAt = now
  const isEarly = polledAt !== undefined && now - polledAt < INTERVAL_SECONDS * 1000 - EARLY_POLL_MS
  return isEarly ? refuse(70017) : undefined
}

function checkAnswer(exchange: Exchange): Refusal | undefined {
  const device = found(exchange.device)
  const { answer, clientId, scope, expiresAt } = device
  if (answer === undefined) return refuse(70016)
  if (typeof answer === 'string') return refuse(answer === 'declined' ? 65004 : 54005)
  exchange.grant = { ...answer, clientId, scope, expiresAt }
  exchange.tenant = answer.tenant
  exchange.user = answer.user
  return undefined
}
