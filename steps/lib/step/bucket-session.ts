import type { RunContext } from '../audit/record.ts'
import type { BucketHost } from '../aws/bucket-host.ts'
import { signRequest, type SignedHeaders } from '../aws/sign-request.ts'
import { sharedAwsSessions, type AwsTarget } from '../federation/aws-session.ts'
import { awsTargetOf, requireAllowedAccounts } from '../federation/aws-target.ts'
import type { Federation } from '../federation/federation.ts'
import type { IdentityInputs, IdentityUse } from '../federation/identity-inputs.ts'

/** Who goes to a bucket, and what for. */
export type BucketOpening = {
  readonly bucket: BucketHost
  readonly inputs: IdentityInputs
  readonly federation: Federation
  readonly context: RunContext
  readonly side?: string | undefined
  /** All that the session may do there, whatever the role may: statements of an IAM policy. */
  readonly allowed: readonly { readonly action: string; readonly resource: string }[]
}

/** A request to a bucket, as it has to be signed. */
export type BucketRequest = {
  readonly method: 'GET' | 'PUT'
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

export type BucketSession = {
  /** ARN of the role that works, for messages. */
  readonly role: string
  readonly sign: (request: BucketRequest) => Promise<SignedHeaders>
}

/** What the identity is needed for at a bucket. */
export function bucketUse({ host, partition, region, endpoints }: BucketHost): IdentityUse {
  return { entra: false, aws: true, places: [{ host, partition, region, endpoints }] }
}

/**
 * A session of its own for one bucket: `aws-session-policy` is for the work of the step, this one may do what is named and nothing else. Obtained
 * at once, so that the record has it. Throws AWS_*, TOKEN_*, ENTRA_*, NETWORK_*.
 */
export async function openBucketSession(opening: BucketOpening): Promise<BucketSession> {
  const { federation, inputs, side, bucket } = opening
  const target = bucketTarget(opening)
  requireAllowedAccounts(inputs['allowed-accounts'] ?? [], target, { accounts: [], side })
  const session = sharedAwsSessions(federation)(target)
  await session.current()
  const { clock } = federation.services.patience
  return {
    role: (target.chain ?? target.role).arn,
    sign: async (request) => {
      const current = await session.current()
      return signRequest({ ...request, service: 's3', region: bucket.region, session: current, now: clock.now() })
    },
  }
}

function bucketTarget({ inputs, context, bucket, allowed }: BucketOpening): AwsTarget {
  const target = awsTargetOf(inputs, bucketUse(bucket), context)
  if (target === undefined) throw new TypeError('a bucket is reached as a role of AWS')
  const Statement = allowed.map(({ action, resource }) => ({ Effect: 'Allow', Action: action, Resource: resource }))
  return {
    ...target,
    endpoints: target.endpoints ?? bucket.endpoints,
    durationSeconds: undefined,
    policy: JSON.stringify({ Version: '2012-10-17', Statement }),
    policyArns: undefined,
  }
}
