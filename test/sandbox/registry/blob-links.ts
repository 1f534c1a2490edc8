import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { dnsSuffix, partitionOf } from '../aws/hosts.ts'
import type { World } from '../world.ts'
import { cloudOfLoginServer, dataHost } from './acr-hosts.ts'
import type { AcrEndpoint } from './acr-hosts.ts'
import { acrStateOf } from './acr-state.ts'
import type { Call } from './flavor.ts'
import { bookTicket } from './tickets.ts'
import type { Ticket } from './tickets.ts'

/** How long the links live. [K] assumption: one hour at ECR, about ten minutes at ACR. */
const LINK_LIFETIME_MS = { s3: 3_600_000, azure: 600_000 } as const

/** Host names of the layer buckets behind ECR, as VPC endpoint policies in AWS's ECR guide name them. */
export const starportHost = (region: string): string =>
  `prod-${region}-starport-layer-bucket.s3.${region}.${dnsSuffix(partitionOf(region))}`

/** Where ECR Public's layers come from. [K] assumption: the name of the distribution. */
export const PUBLIC_LAYER_HOST = 'd5l0dvt14r5h8.cloudfront.net'

/** A link in the form of an S3 presigned URL. */
export const presignedS3Url = (call: Pick<Call, 'world' | 'host'>, region: string, blob: Ticket['blob']): string => {
  const [account = ''] = call.host.split('.')
  return presignedUrl(call.world, { base: `https://${starportHost(region)}/${keyOf(account)}`, region, blob })
}

/** A link to a layer of ECR Public. [K] assumption: signed as S3 does. */
export const publicLayerUrl = (world: World, blob: Ticket['blob']): string =>
  presignedUrl(world, { base: `https://${PUBLIC_LAYER_HOST}/layers`, region: 'us-east-1', blob })

const presignedUrl = (
  world: World,
  { base, region, blob }: { readonly base: string; readonly region: string; readonly blob: Ticket['blob'] },
): string => {
  const date = new Date(world.clock.now()).toISOString().replace(/[-:]|\.\d+/g, '')
  const url = new URL(`${base}/${randomUUID()}`)
  url.search = new URLSearchParams({
    'X-Amz-Security-Token': mint(world, randomBytes(96).toString('base64')),
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Date': date,
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Expires': String(LINK_LIFETIME_MS.s3 / 1000),
    'X-Amz-Credential': `ASIASANDBOXSTARPORT0/${date.slice(0, 8)}/${region}/s3/aws4_request`,
    'X-Amz-Signature': mint(world, randomBytes(32).toString('hex')),
  }).toString()
  bookTicket(world, url, { blob, expiresAt: world.clock.now() + LINK_LIFETIME_MS.s3 })
  return url.href
}

/** A link in the form of an Azure Storage URL with a shared access signature. */
export const sasUrl = (call: Pick<Call, 'world'>, endpoint: AcrEndpoint, blob: Ticket['blob']): string => {
  const { world } = call
  const { loginServer } = endpoint.registry
  const expiresAt = world.clock.now() + LINK_LIFETIME_MS.azure
  const { algorithm, encoded } = blob.digest
  const path = `docker/registry/v2/blobs/${algorithm}/${encoded.slice(0, 2)}/${encoded}/data`
  const url = new URL(`https://${blobHostOf(world, endpoint)}/${keyOf(loginServer)}/${path}`)
  url.search = new URLSearchParams({
    se: new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z'),
    sig: mint(world, randomBytes(32).toString('base64')),
    sp: 'r',
    spr: 'https',
    sr: 'b',
    sv: '2018-03-28',
    regid: keyOf(loginServer),
  }).toString()
  bookTicket(world, url, { blob, expiresAt })
  return url.href
}

// The replica that answers says where its blobs are (container-registry-geo-replication).
const blobHostOf = (world: World, { registry, region }: AcrEndpoint): string => {
  const served = region ?? acrStateOf(world, registry).route
  return registry.dedicatedDataEndpoints === true && served !== undefined
    ? dataHost(registry.loginServer, served)
    : `${storageAccountOf(registry.loginServer)}.${cloudOfLoginServer(registry.loginServer).blobSuffix}`
}

/** [K] assumption: the storage account is Microsoft's, its name tells the region and a number, not the registry. */
export const storageAccountOf = (host: string): string => `sandboxmanaged${keyOf(host).slice(0, 6)}`

const keyOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

// Whoever has the signature has the blob: a secret like any other, as long as it lives.
const mint = (world: World, secret: string): string => {
  world.minted.add(secret)
  return secret
}
