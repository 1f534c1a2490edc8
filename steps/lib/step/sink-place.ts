import { isBucketLike, parseBucketHost, type BucketHost } from '../aws/bucket-host.ts'
import { ingestionPath, ingestionResource, ingestionVersion } from '../azure/log-ingestion.ts'

/** What kind of place a sink's URL names, by its host: a bucket, a data collection rule, or whoever takes CloudEvents. */
export type SinkPlace =
  | { readonly kind: 'bucket'; readonly bucket: BucketHost }
  /** With the Entra resource whose token is sent. */
  | { readonly kind: 'rule'; readonly resource: string }
  | { readonly kind: 'events' }

/** The place of a URL; a text says what was expected instead. */
export function sinkPlace(url: URL): SinkPlace | string {
  const resource = ingestionResource(url.hostname)
  if (resource !== undefined) return ruleFault(url) ?? { kind: 'rule', resource }
  const bucket = parseBucketHost(url.hostname)
  if (bucket !== undefined) return bucketFault(url) ?? { kind: 'bucket', bucket }
  if (isBucketLike(url.hostname))
    return 'a bucket by its regional host, https://BUCKET.s3.REGION.amazonaws.com/PREFIX, and no dots in its name'
  return { kind: 'events' }
}

function ruleFault({ protocol, port, pathname, search }: URL): string | undefined {
  const isVersion = search === '' || search === `?api-version=${ingestionVersion}`
  if (protocol === 'https:' && port === '' && ingestionPath.test(pathname) && isVersion) return undefined
  return `of Azure Monitor the stream of a data collection rule: https://(logs ingestion endpoint)/dataCollectionRules/dcr-(immutable id)/streams/Custom-(name), with no other version than ?api-version=${ingestionVersion}`
}

function bucketFault({ protocol, port, pathname, search }: URL): string | undefined {
  if (protocol === 'https:' && port === '' && search === '' && /^\/(?:[\w.=-]{1,100}(?:\/|$)){0,8}$/.test(pathname))
    return undefined
  return 'of a bucket https://BUCKET.s3.REGION.amazonaws.com/PREFIX, where the prefix is of letters, digits, _ . = - and /'
}

/** The URL that is written to. */
export function placedUrl(url: URL, { kind }: SinkPlace): URL {
  if (kind !== 'rule' || url.search !== '') return url
  const versioned = new URL(url)
  versioned.search = `?api-version=${ingestionVersion}`
  return versioned
}
