import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { answerRefused, notFound, pathOf } from './call.ts'
import type { Call } from './call.ts'
import { DEVICE_LOGIN_HOST, isEntraHost } from './clouds.ts'
import { answerDiscovery, answerInstance } from './discovery-endpoints.ts'
import { answerAuthorizeRequest, answerDeviceCodeRequest, answerDeviceLoginRequest } from './person-endpoints.ts'
import { refuse } from './refusals.ts'
import { answerTokenRequest } from './token-endpoint.ts'

type Route = { readonly path: RegExp; readonly operation: string; answer(call: Call): Promise<void> | void }

/** The endpoints. `common/discovery/instance` comes first, as `common` would be a tenant to the others. */
const routes: readonly Route[] = [
  { path: /^\/(common)\/discovery\/instance$/, operation: 'instance discovery', answer: answerInstance },
  { path: /^\/([^/]+)\/oauth2(\/v2\.0)?\/token$/, operation: 'token', answer: answerTokenRequest },
  { path: /^\/([^/]+)\/oauth2(\/v2\.0)\/authorize$/, operation: 'authorize', answer: answerAuthorizeRequest },
  { path: /^\/([^/]+)\/oauth2(\/v2\.0)\/devicecode$/, operation: 'devicecode', answer: answerDeviceCodeRequest },
  {
    path: /^\/([^/]+)(\/v2\.0)?\/\.well-known\/openid-configuration$/,
    operation: 'discovery',
    answer: answerDiscovery,
  },
  { path: /^\/([^/]+)\/discovery(\/v2\.0)?\/keys$/, operation: 'keys', answer: answerDiscovery },
]

/** The one page of another host. */
const deviceLogin: Route = {
  path: /^\/(devicelogin(?:us|china)?)$/,
  operation: 'devicelogin',
  answer: answerDeviceLoginRequest,
}

/**
 * Microsoft Entra in all national clouds: token endpoints v1 and v2 for federated client assertions, sign-in of people by
 * code and by device code, discovery and keys.
 */
export function createEntra(world: World): StandIn {
  return {
    name: 'entra',
    owns: isEntraHost,
    handle: async (request, response, host) => {
      const path = pathOf(request)
      for (const route of host === DEVICE_LOGIN_HOST ? [deviceLogin] : routes) {
        const match = route.path.exec(path)
        const segment = decode(match?.[1])
        if (segment === undefined) continue
        const version = match?.[2] === undefined ? 1 : 2
        return answerRoute(route, { world, request, response, host, segment, version })
      }
      notFound({ world, request, response, host, segment: '', version: 2 })
    },
  }
}

function answerRoute(route: Route, call: Call): Promise<void> | void {
  const fault = call.world.faults?.of(call.request)
  if (fault?.kind !== 'entra-outage') return route.answer(call)
  call.request.resume()
  const retryAfter = fault.retryAfter === undefined ? undefined : String(fault.retryAfter)
  answerRefused(call, refuse(fault.code ?? 90033), { operation: route.operation, retryAfter })
}

function decode(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
