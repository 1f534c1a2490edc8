import type { WebIdentityToken } from '../aws/web-identity-request.ts'
import { isCode, StepError } from '../core/errors.ts'
import type { Federation } from './federation.ts'
import { readAndRecord, type TokenFile } from './read-token.ts'

/**
 * The pod's own token for AWS, read anew. It has no `azp`, so AWS compares its audience. Throws AWS_TOKEN_FILE_MISSING,
 * AWS_TOKEN_AUDIENCE_MISMATCH, TOKEN_*.
 */
export async function readClusterToken({ identity, services }: Federation): Promise<WebIdentityToken> {
  const file = identity.awsToken
  if (file === undefined) throw new TypeError('an AWS target without a token file passed the checks')
  const read = await readAndRecord(file, services).catch((error: unknown) => {
    throw asOfAws(error, file)
  })
  const { secret, issuer, subject, audiences, kid } = read
  return { secret, issuer, subject, audience: audiences.join(' '), authorizedParty: '', kid }
}

/** What is to be done about the file is another thing than for the one that goes to Entra. */
function asOfAws(error: unknown, { audience }: TokenFile): unknown {
  if (isCode(error, 'TOKEN_FILE_MISSING')) return renamed(error, 'AWS_TOKEN_FILE_MISSING', { audience })
  return isCode(error, 'TOKEN_AUDIENCE_MISMATCH') ? renamed(error, 'AWS_TOKEN_AUDIENCE_MISMATCH', {}) : error
}

function renamed(
  error: StepError,
  code: 'AWS_TOKEN_FILE_MISSING' | 'AWS_TOKEN_AUDIENCE_MISMATCH',
  more: Readonly<Record<string, string>>,
): StepError {
  return new StepError(code, { ...error.values, ...more }, { cause: error.cause })
}
