import { open } from 'node:fs/promises'
import { StepError, stepError } from '../lib/core/errors.ts'
import { Secret } from '../lib/core/secret.ts'

/** Beyond what any token has; what is longer is refused by its length, without all of it in memory. */
const longest = 64 * 1024

const reasons = { folder: 'it is no file', empty: 'it is empty' } as const

/**
 * An access token as a file holds it, byte for byte: a token with something around it is none. Links are followed: Kubernetes serves
 * Secrets as `token → ..data/token`. Throws ACCESS_TOKEN_UNREADABLE.
 */
export async function readTokenFromFile(path: string): Promise<Secret> {
  try {
    await using file = await open(path, 'r')
    if (!(await file.stat()).isFile()) throw stepError('ACCESS_TOKEN_UNREADABLE', { path, reason: reasons.folder })
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longest), 0, longest, 0)
    if (bytesRead === 0) throw stepError('ACCESS_TOKEN_UNREADABLE', { path, reason: reasons.empty })
    return new Secret(buffer.toString('latin1', 0, bytesRead))
  } catch (error) {
    if (error instanceof StepError) throw error
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw stepError('ACCESS_TOKEN_UNREADABLE', { path, reason }, { cause: error })
  }
}
