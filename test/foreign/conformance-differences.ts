import type { Difference } from './conformance.ts'

const NOT_SINGLE_POST = 'registry does not support content in the POST, fallback to PUT'
const NOT_HERE = 'registry returned status 405'
const ANSWERS_201 = 'expected one of [202], received 201'

/** The plain registry does all of the specification. */
export const CORE: readonly Difference[] = []

/** ECR, as documents and public issues have it. */
export const ECR: readonly Difference[] = [
  {
    cases: /\/(blob-patch-chunked|blob-patch-stream)$/,
    status: 'failure',
    says: ANSWERS_201,
    because: 'ECR answers 201 to PATCH (aws/containers-roadmap 2831)',
  },
  {
    cases: /\/blob-post-only$/,
    status: 'skipped',
    says: NOT_SINGLE_POST,
    because: '[K] assumption: no upload in one POST; the specification lets it answer 202',
  },
  {
    cases: /\/blob-mount-anonymous$/,
    status: 'skipped',
    says: 'registry returned status 202',
    because: 'a mount names its source, on which the caller needs ecr:GetDownloadUrlForLayer (AWS, blob-mounting)',
  },
  {
    cases: /\/(blob-delete|manifest-delete|tag-delete)$/,
    status: 'skipped',
    says: NOT_HERE,
    because: '[K] assumption: images are deleted by the API only (BatchDeleteImage)',
  },
  {
    cases: /\/blob-post-cancel$/,
    status: 'skipped',
    says: '',
    because: 'switched off in the suite by default; the ECR API has no call that aborts an upload',
  },
]

/** ACR, as documents and public issues have it. */
export const ACR: readonly Difference[] = [
  {
    cases: /\/blob-post-only$/,
    status: 'skipped',
    says: NOT_SINGLE_POST,
    because: '[K] assumption: no upload in one POST; the specification lets it answer 202',
  },
  {
    cases: /\/blob-mount-anonymous$/,
    status: 'skipped',
    says: 'registry returned status 202',
    because: '[K] assumption: a mount names its source, which the token has to cover',
  },
]
