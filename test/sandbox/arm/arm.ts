import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomUUID } from 'node:crypto'
import { clouds } from '../entra/clouds.ts'
import type { Cloud } from '../entra/clouds.ts'
import { bookRequest } from '../book-request.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { identifyCaller } from './arm-caller.ts'
import { cloudMetadata } from './arm-metadata.ts'
import { ArmRefusal } from './arm-refusal.ts'
import { answerRoute } from './arm-routes.ts'

/** Azure Resource Manager of each cloud: what Azure CLI reads to find subscriptions and registries. It changes nothing. */
export function createArm(world: World): StandIn {
  return {
    name: 'arm',
    owns: (host) => clouds.some(({ armHost }) => armHost === host),
    handle: async (request, response, host) => {
      request.resume()
      const cloud = clouds.find(({ armHost }) => armHost === host)
      if (cloud === undefined) throw new Error(`no cloud has the ARM host ${host}`)
      const checks: string[] = []
      try {
        const { body, operation } = answer(world, { request, cloud, checks })
        send(response, { status: 200, body })
        bookRequest(world, 'arm', { request, host, status: 200, operation, checks })
      } catch (error) {
        if (!(error instanceof ArmRefusal)) throw error
        send(response, {
          status: error.status,
          body: { error: { code: error.code, message: error.message } },
          headers: error.headers,
        })
        bookRequest(world, 'arm', { request, host, status: error.status, refused: error.code, checks })
      }
    },
  }
}

function answer(
  world: World,
  call: { request: IncomingMessage; cloud: Cloud; checks: string[] },
): { body: object; operation: string } {
  const { request, cloud, checks } = call
  const url = new URL(request.url ?? '/', `https://${cloud.armHost}`)
  if (request.method === 'GET' && url.pathname === '/metadata/endpoints') {
    requireApiVersion(url)
    return { body: cloudMetadata(), operation: 'metadata' }
  }
  const caller = identifyCaller(world, request, cloud)
  checks.push(`token of ${caller.name}, tenant ${caller.tenant.id}: ok`)
  requireApiVersion(url)
  checks.push(`api-version ${url.searchParams.get('api-version')}: ok`)
  // [K] assumption: how ARM refuses a method that a path does not have; the sandbox writes nothing.
  if (request.method !== 'GET')
    throw new ArmRefusal(
      405,
      'MethodNotAllowed',
      `The requested resource does not support http method '${request.method}'.`,
    )
  return answerRoute(world, { caller, cloud, url })
}

/** [K] assumption: any date is taken; which versions a resource type has is not kept here. */
function requireApiVersion(url: URL): void {
  const version = url.searchParams.get('api-version') ?? ''
  if (version === '') {
    const text = 'The api-version query parameter (?api-version=) is required for all requests.'
    throw new ArmRefusal(400, 'MissingApiVersionParameter', text)
  }
  if (/^\d{4}-\d{2}-\d{2}(-preview)?$/.test(version)) return
  const text = `The api-version '${version}' is invalid. The value must be in the format of YYYY-MM-DD or YYYY-MM-DD-preview.`
  throw new ArmRefusal(400, 'InvalidApiVersionParameter', text)
}

function send(
  response: ServerResponse,
  answered: { status: number; body: object; headers?: Readonly<Record<string, string>> },
): void {
  const text = JSON.stringify(answered.body)
  const requestId = randomUUID()
  response.writeHead(answered.status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(text)),
    'cache-control': 'no-cache',
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': requestId,
    ...answered.headers,
  })
  response.end(text)
}
