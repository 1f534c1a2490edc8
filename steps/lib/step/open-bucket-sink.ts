import type { RunContext } from '../audit/record.ts'
import type { RecordSink } from '../audit/record-sink.ts'
import { objectsArn, type BucketHost } from '../aws/bucket-host.ts'
import { signRequest } from '../aws/sign-request.ts'
import { sharedAwsSessions, type AwsTarget } from '../federation/aws-session.ts'
import { awsTargetOf, requireAllowedAccounts } from '../federation/aws-target.ts'
import type { Federation } from '../federation/federation.ts'
import type { IdentityInputs, IdentityUse } from '../federation/identity-inputs.ts'
import { createS3Sink } from '../sink/s3-sink.ts'

type BucketOpening = {
  readonly url: URL
  readonly bucket: BucketHost
  /** What the inputs were checked for. */
  readonly use: IdentityUse
  readonly inputs: IdentityInputs
  readonly federation: Federation
  readonly context: RunContext
  readonly side: string | undefined
}

/**
 * A bucket as a sink, with a session of its own: `aws-session-policy` is for the work, this one may put objects below the prefix and do nothing
 * else. Throws AWS_*, TOKEN_*, ENTRA_*, NETWORK_*.
 */
export async function openBucketSink(opening: BucketOpening): Promise<RecordSink> {
  const { url, bucket, federation, inputs, side } = opening
  const target = writingTarget(opening)
  requireAllowedAccounts(inputs['allowed-accounts'] ?? [], target, { accounts: [], side })
  const session = sharedAwsSessions(federation)(target)
  // At once, so that the record has it.
  await session.current()
  const { clock } = federation.services.patience
  const now = () => clock.now()
  const { region } = bucket
  return createS3Sink({
    url,
    bucket: bucket.bucket,
    role: (target.chain ?? target.role).arn,
    objects: objectsOf(opening),
    sign: async (request) =>
      signRequest({ ...request, service: 's3', region, session: await session.current(), now: now() }),
    http: federation.services.http,
    now,
  })
}

function writingTarget(opening: BucketOpening): AwsTarget {
  const { inputs, use, context, bucket } = opening
  const target = awsTargetOf(inputs, use, context)
  if (target === undefined) throw new TypeError('a bucket is written to as a role of AWS')
  const statement = { Effect: 'Allow', Action: 's3:PutObject', Resource: objectsOf(opening) }
  return {
    ...target,
    endpoints: target.endpoints ?? bucket.endpoints,
    durationSeconds: undefined,
    policy: JSON.stringify({ Version: '2012-10-17', Statement: [statement] }),
    policyArns: undefined,
  }
}

function objectsOf({ bucket, url }: BucketOpening): string {
  const prefix = url.pathname.slice(1).replace(/\/*$/, '/')
  return objectsArn(bucket, prefix === '/' ? '' : prefix)
}
