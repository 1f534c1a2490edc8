/** Why S3 refuses a request, as it words it. */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>
  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Texts of S3's error responses (API reference, "List of error codes"); [K] assumption where no public report quotes one. */
export const refusals = {
  noBucket: () => new S3Refusal(404, 'NoSuchBucket', 'The specified bucket does not exist'),
  noKey: () => new S3Refusal(404, 'NoSuchKey', 'The specified key does not exist.'),
  otherRegion: (region: string) =>
    new S3Refusal(
      301,
      'PermanentRedirect',
      'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.',
      { 'x-amz-bucket-region': region },
    ),
  exists: () =>
    new S3Refusal(412, 'PreconditionFailed', 'At least one of the pre-conditions you specified did not hold'),
  condition: () =>
    new S3Refusal(501, 'NotImplemented', 'A header you provided implies functionality that is not implemented'),
  digest: (header: string) =>
    new S3Refusal(400, 'BadDigest', `The ${header} you specified did not match what we received.`),
  noHash: () => new S3Refusal(400, 'InvalidRequest', 'Missing required header for this request: x-amz-content-sha256'),
  noLength: () => new S3Refusal(411, 'MissingContentLength', 'You must provide the Content-Length HTTP header.'),
  method: () => new S3Refusal(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.'),
  tooLarge: () => new S3Refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size'),
} as const
