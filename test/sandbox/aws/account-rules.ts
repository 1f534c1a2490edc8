import type { AwsAccount } from '../config.ts'

/** Issuer of the tokens that AWS itself makes, in its commercial partition. */
const AWS_ISSUER = /^https:\/\/[^/]+\.tokens\.sts\.global\.api\.aws$/

/** What no AWS account could hold. */
export const accountFaults = (account: AwsAccount): readonly string[] => {
  const { id, partition = 'aws', oidcProviders, users = [], outboundFederation } = account
  return [
    // IAM refuses such a provider (recorded: mahitotsu/gekko_08): within a partition AssumeRole is the way.
    ...oidcProviders
      .filter(({ url }) => partition === 'aws' && AWS_ISSUER.test(url))
      .map(({ url }) => `account ${id}: the OIDC provider ${url} is an STS issuer of the same partition`),
    ...users
      .filter(({ accessKeyId }) => !/^AKIA[A-Z0-9]{12,124}$/.test(accessKeyId))
      .map(({ name }) => `account ${id}: the access key id of user ${name} does not begin AKIA, or is too short`),
    ...(outboundFederation === undefined || /^[a-z0-9-]{1,63}$/.test(outboundFederation.id)
      ? []
      : [`account ${id}: the outbound federation's id ${outboundFederation.id} is no host label`]),
  ]
}
