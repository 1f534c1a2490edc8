import { stepError } from '../core/errors.ts'

/** Something in an AWS account: what it is, for the message, and the account. */
export type InAccount = readonly [source: string, account: string]

/** The guard comes before anything is sent: a wrong account must not even see a token. An empty list guards nothing. Throws AWS_ACCOUNT_NOT_ALLOWED. */
export function requireAllowedAccounts(used: readonly InAccount[], allowed: readonly string[]): void {
  for (const [source, account] of allowed.length === 0 ? [] : used) {
    if (allowed.includes(account)) continue
    throw stepError('AWS_ACCOUNT_NOT_ALLOWED', { source, account, 'allowed accounts': allowed.join(' ') })
  }
}
