import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { BLOB_SUFFIXES, isDataHost } from './acr-hosts.ts'
import { sendAnswer } from './answer.ts'
import type { Answer } from './answer.ts'
import { PUBLIC_LAYER_HOST, starportHost } from './blob-links.ts'
import { serveBlob } from './serve-blob.ts'
import { openRegistries } from './state.ts'
import { redeemTicket } from './tickets.ts'

type Vendor = 'azure' | 's3'
type Fault = 'leak' | 'method' | 'unknown' | 'expired' | 'used'

const STARPORT = /^prod-([a-z0-9-]+)-starport-layer-bucket\.s3\./
const STORAGE_ACCOUNT = /^[a-z0-9]{3,24}\.(.+)$/

const DENIED_S3 = [403, 'AccessDenied', 'Access Denied'] as const
const DENIED_AZURE = [
  403,
  'AuthenticationFailed',
  'Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly including the signature.',
] as const

/** Status, code and text of each refusal, as the two object stores give them. [K] assumption: status of Azure's `leak`. */
const FAULTS: Readonly<Record<Vendor, Readonly<Record<Fault, readonly [number, string, string]>>>> = {
  s3: {
    leak: [
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
    ],
    method: [
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    ],
    unknown: DENIED_S3,
    expired: [403, 'AccessDenied', 'Request has expired'],
    used: DENIED_S3,
  },
  azure: {
    leak: [400, 'InvalidAuthenticationInfo', 'Authentication information is not given in the correct format.'],
    method: [403, 'AuthorizationPermissionMismatch', 'This request is not authorized to perform this operation.'],
    unknown: DENIED_AZURE,
    expired: DENIED_AZURE,
    used: DENIED_AZURE,
  },
}

/** The journal's name for a credential that crossed to a host that it was not made for. */
export const AUTHORIZATION_LEAK = 'AUTHORIZATION_LEAK'

/** The object stores that ACR and ECR send pullers to. They know signed links, and no registry credential. */
export const createBlobHosts = (world: World): StandIn => ({
  name: 'blob-hosts',
  owns: (host) => vendorOf(world, host) !== undefined,
  handle: async (request, response, host) => {
    const vendor = vendorOf(world, host) ?? 's3'
    const url = new URL(request.url ?? '/', `https://${host}`)
    // The credential comes first: a leak is a leak also where the link is bad.
    const leaked = request.headers.authorization !== undefined
    const answer = leaked
      ? fault(vendor, 'leak')
      : answerTo(world, vendor, { method: request.method, url, range: request.headers.range })
    const refused = leaked ? AUTHORIZATION_LEAK : answer.refused
    world.journal.write({
      standIn: 'blob-hosts',
      host,
      method: request.method ?? '',
      path: url.pathname,
      status: answer.status,
      operation: leaked ? 'leaked Authorization' : `${request.method ?? ''} blob`,
      ...(refused === undefined ? {} : { refused }),
      ...(request.headers['user-agent'] === undefined ? {} : { userAgent: request.headers['user-agent'] }),
    })
    try {
      await sendAnswer(request, response, answer)
    } catch (error) {
      if (!request.socket.destroyed) throw error
    }
  },
})

const answerTo = (
  world: World,
  vendor: Vendor,
  asked: { readonly method: string | undefined; readonly url: URL; readonly range: string | undefined },
): Answer => {
  if (asked.method !== 'GET') return fault(vendor, 'method')
  const redeemed = redeemTicket(world, asked.url)
  if (typeof redeemed === 'string') return fault(vendor, redeemed)
  return serveBlob(openRegistries(world).store, redeemed, asked.range)
}

const fault = (vendor: Vendor, kind: Fault): Answer => {
  const [status, code, message] = FAULTS[vendor][kind]
  return {
    status,
    headers: { 'Content-Type': 'application/xml' },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`,
    refused: code,
  }
}

const vendorOf = (world: World, host: string): Vendor | undefined => {
  const region = STARPORT.exec(host)?.[1]
  if (host === PUBLIC_LAYER_HOST || (region !== undefined && host === starportHost(region))) return 's3'
  return BLOB_SUFFIXES.includes(STORAGE_ACCOUNT.exec(host)?.[1] ?? '') || isDataHost(world, host) ? 'azure' : undefined
}
