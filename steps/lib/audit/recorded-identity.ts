/** As whom the step acted: what the tokens said, not what was configured. */
export type RecordedIdentity = {
  readonly issuer?: string
  readonly subject?: string
  /** By what Entra was shown who asks. */
  readonly azureIdentity?: 'cluster' | 'identity-binding' | 'aws'
  readonly tenant?: string
  readonly clientId?: string
  readonly objectId?: string
  /** By what STS was shown who asks. */
  readonly awsIdentity?: 'entra' | 'cluster'
  readonly awsRole?: string
  /** The role that was assumed from a session of `awsRole`. */
  readonly awsChainRole?: string
  readonly awsSession?: string
}
