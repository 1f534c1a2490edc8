import type { RecordSink } from '../audit/record-sink.ts'
import { objectsArn } from '../aws/bucket-host.ts'
import { createS3Sink, prefixOf } from '../sink/s3-sink.ts'
import { openBucketSession, type BucketOpening } from './bucket-session.ts'

/** A bucket as a sink, below the prefix of its URL. Throws AWS_*, TOKEN_*, ENTRA_*, NETWORK_*. */
export async function openBucketSink(url: URL, opening: Omit<BucketOpening, 'allowed'>): Promise<RecordSink> {
  const { bucket, federation } = opening
  const objects = objectsArn(bucket, prefixOf(url))
  const { role, sign } = await openBucketSession({
    ...opening,
    allowed: [{ action: 's3:PutObject', resource: objects }],
  })
  const { http, patience } = federation.services
  return createS3Sink({ url, bucket: bucket.bucket, role, objects, sign, http, now: () => patience.clock.now() })
}
