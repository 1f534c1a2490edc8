import { policyText, providerArn, trustPolicyFor, type TrustedToken } from '../../aws/trust-policy.ts'
import type { RoleArn } from '../../aws/role-arn.ts'
import { hcl, indented, json, label, setUp, word, type SetUp } from './set-up.ts'

/** A provider of a role's account: the issuer exactly as tokens spell it, and what its client-ID list holds. */
export type Provider = { readonly role: RoleArn; readonly issuer: string; readonly clientId: string }

/** The IAM OIDC provider for an issuer. A thumbprint is not needed: AWS checks the certificate itself. */
export function oidcProvider({ issuer, clientId }: Provider): SetUp {
  return setUp(`IAM OIDC provider for ${issuer}`, {
    json: json({ Url: issuer, ClientIDList: [clientId] }),
    aws: `aws iam create-open-id-connect-provider --url ${word(issuer)} --client-id-list ${word(clientId)}`,
    terraform: `resource "aws_iam_openid_connect_provider" "entra" {
  url            = ${hcl(issuer)}
  client_id_list = [${hcl(clientId)}]
}`,
  })
}

/** The audience in the client-ID list of a provider that is there already. */
export function providerClientId({ role, issuer, clientId }: Provider): SetUp {
  const arn = providerArn(role, issuer)
  return setUp(`client id ${clientId} of the IAM OIDC provider, where it is there already`, {
    json: json({ OpenIDConnectProviderArn: arn, ClientID: clientId }),
    aws: `aws iam add-client-id-to-open-id-connect-provider \\
  --open-id-connect-provider-arn ${word(arn)} \\
  --client-id ${word(clientId)}`,
    terraform: `# in the aws_iam_openid_connect_provider for ${issuer}:
client_id_list = [${hcl(clientId)}]`,
  })
}

/** The trust policy that admits exactly this token: of a role that is there already, or of a new one. */
export function roleTrust(role: RoleArn, token: TrustedToken, isNew: boolean): SetUp {
  const document = trustPolicyFor(role, token)
  const command = isNew
    ? `aws iam create-role --role-name ${role.name} \\
  --assume-role-policy-document ${word(document)}`
    : `aws iam update-assume-role-policy --role-name ${role.name} \\
  --policy-document ${word(document)}`
  return setUp(`trust policy of ${role.arn}`, {
    json: document,
    aws: command,
    terraform: `resource "aws_iam_role" "${label(role.name)}" {
  name               = ${hcl(role.name)}
  assume_role_policy = jsonencode(${indented(document, 2)})
}`,
  })
}

/** What a push needs, on one repository; `ecr:GetAuthorizationToken` knows no resource. */
function pushPolicyText(repositoryArn: string): string {
  return policyText(
    { Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource: '*' },
    { Effect: 'Allow', Action: pushActions, Resource: repositoryArn },
  )
}

const pushActions = [
  'ecr:BatchCheckLayerAvailability',
  'ecr:InitiateLayerUpload',
  'ecr:UploadLayerPart',
  'ecr:CompleteLayerUpload',
  'ecr:PutImage',
  'ecr:BatchGetImage',
  'ecr:GetDownloadUrlForLayer',
  'ecr:DescribeRepositories',
]

/** The policy of a role by which its sessions may push: of a role that is there already, or of one that the same set-up makes. */
export function pushPolicy(role: RoleArn, repositoryArn: string, isNew = false): SetUp {
  const document = pushPolicyText(repositoryArn)
  // A role's policies have names of their own: a second repository must not take the place of the first.
  const name = `push-${repositoryArn.replace(/^.*:repository\//, '').replace(/[^\w+=,.@-]+/g, '-')}`.slice(0, 128)
  return setUp(`permission of ${role.arn} to push to ${repositoryArn}`, {
    json: document,
    aws: `aws iam put-role-policy --role-name ${role.name} --policy-name ${name} \\
  --policy-document ${word(document)}`,
    terraform: `resource "aws_iam_role_policy" "${label(name)}" {
  role   = ${isNew ? `aws_iam_role.${label(role.name)}.name` : hcl(role.name)}
  name   = ${hcl(name)}
  policy = jsonencode(${indented(document, 2)})
}`,
  })
}

/** A private ECR repository, as calls name it. */
export type EcrRepositoryName = { readonly region: string; readonly name: string; readonly account: string }

/** A repository. */
export function ecrRepository({ region, name }: EcrRepositoryName): SetUp {
  return setUp(`ECR repository ${name}`, {
    json: json({ repositoryName: name }),
    aws: `aws ecr create-repository --region ${region} --repository-name ${name}`,
    terraform: `resource "aws_ecr_repository" "${label(name)}" {
  name = ${hcl(name)}
}`,
  })
}

/** The repository's own policy, which a role of another account needs besides its own. */
export function repositoryPolicy({ region, name, account }: EcrRepositoryName, role: RoleArn): SetUp {
  const document = policyText({ Sid: 'Push', Effect: 'Allow', Principal: { AWS: role.arn }, Action: pushActions })
  return setUp(`policy of the ECR repository ${name} of the account ${account}, for the role of another account`, {
    json: document,
    aws: `aws ecr set-repository-policy --region ${region} --registry-id ${account} \\
  --repository-name ${name} --policy-text ${word(document)}`,
    terraform: `resource "aws_ecr_repository_policy" "${label(name)}" {
  repository = ${hcl(name)}
  policy     = jsonencode(${indented(document, 2)})
}`,
  })
}
