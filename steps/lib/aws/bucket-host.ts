import { partitionOf, regionPattern, type AwsEndpoints, type Partition } from './partitions.ts'

/** One S3 bucket, as its own host name says. */
export type BucketHost = {
  readonly host: string
  readonly bucket: string
  readonly region: string
  readonly partition: Partition['name']
  readonly endpoints: AwsEndpoints
}

/** The bucket's label first: a bucket whose name has dots is served under no certificate. */
const form = /^([a-z0-9][a-z0-9-]{1,61}[a-z0-9])\.s3(-fips)?(\.dualstack)?\.([a-z0-9-]+)\.(.+)$/

/** Reads a bucket's regional host, `<bucket>.s3.<region>.amazonaws.com` (Amazon S3 user guide, "Virtual hosting"); undefined when it is none. */
export function parseBucketHost(host: string): BucketHost | undefined {
  const [, bucket = '', fips, dualStack, region = '', suffix] = form.exec(host) ?? []
  const partition = regionPattern.test(region) ? partitionOf(region) : undefined
  if (partition === undefined || suffix !== partition.suffix) return undefined
  const endpoints = { fips: fips !== undefined, dualStack: dualStack !== undefined }
  return { host, bucket, region, partition: partition.name, endpoints }
}

/** Whether a host is S3's in whatever spelling, so that one which is no bucket's regional host is told how it is spelled. */
export function isBucketLike(host: string): boolean {
  return /(^|\.)s3[.-]/.test(host) && /\.amazonaws\.(com|com\.cn|eu)$/.test(host)
}

/** The ARN of everything in a bucket below a prefix. */
export function objectsArn({ bucket, partition }: BucketHost, prefix: string): string {
  return `arn:${partition}:s3:::${bucket}/${prefix}*`
}
