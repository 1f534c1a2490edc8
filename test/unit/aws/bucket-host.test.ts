import { expect, test } from 'vitest'
import { isBucketLike, objectsArn, parseBucketHost } from '../../../steps/lib/aws/bucket-host.ts'

test.each([
  ['audit.s3.eu-central-1.amazonaws.com', 'eu-central-1', 'aws', false, false],
  ['audit.s3-fips.us-east-1.amazonaws.com', 'us-east-1', 'aws', true, false],
  ['audit.s3.dualstack.eu-central-1.amazonaws.com', 'eu-central-1', 'aws', false, true],
  ['audit.s3.cn-north-1.amazonaws.com.cn', 'cn-north-1', 'aws-cn', false, false],
  ['audit.s3.us-gov-west-1.amazonaws.com', 'us-gov-west-1', 'aws-us-gov', false, false],
] as const)('%s is a bucket', (host, region, partition, fips, dualStack) => {
  const bucket = parseBucketHost(host)
  expect(bucket).toEqual({ host, bucket: 'audit', region, partition, endpoints: { fips, dualStack } })
  expect(bucket === undefined ? '' : objectsArn(bucket, 'r/')).toBe(`arn:${partition}:s3:::audit/r/*`)
})

test.each([
  'audit.s3.amazonaws.com',
  's3.eu-central-1.amazonaws.com',
  'a.b.s3.eu-central-1.amazonaws.com',
  'audit.s3-eu-central-1.amazonaws.com',
  'audit.s3-website.eu-central-1.amazonaws.com',
  'audit.s3.cn-north-1.amazonaws.com',
])('%s is S3’s, and no bucket that is written to', (host) => {
  expect(parseBucketHost(host)).toBeUndefined()
  expect(isBucketLike(host)).toBe(true)
})

test.each(['audit.s3.eu-central-1.amazonaws.com.evil.example', 's3.example', 'audit.example', 'sts.amazonaws.com'])(
  '%s is nothing of S3’s',
  (host) => {
    expect(parseBucketHost(host)).toBeUndefined()
    expect(isBucketLike(host)).toBe(false)
  },
)
