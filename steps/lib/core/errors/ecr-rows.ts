import { defineErrors } from './row.ts'

/** What the APIs of ECR and ECR Public answer, whatever they are asked. Mapped in aws/api-call.ts. */
export const ecrRows = defineErrors({
  ECR_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'never',
    what: 'The role <role> may not call <action>.',
    remedy: `Give the role these permissions: ecr:GetAuthorizationToken on *, and on arn:<partition>:ecr:<region>:<account>:repository/<repository>
ecr:BatchCheckLayerAvailability, ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload, ecr:PutImage, ecr:BatchGetImage, ecr:GetDownloadUrlForLayer, ecr:DescribeRepositories
When the cause names a session policy, that is aws-session-policy: it must allow them too.`,
  },
  ECR_ACTION_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'never',
    what: 'The role <role> may not call <action>, which is needed to <purpose>.',
    remedy: `Give the role <actions> on <resource>.
When the cause names a session policy, that is aws-session-policy: it must allow them too.`,
  },
  ECR_PUBLIC_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'never',
    what: 'The role <role> may not call <action>.',
    remedy: `Give the role these permissions: ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken on *, and on <resource>
ecr-public:BatchCheckLayerAvailability, ecr-public:InitiateLayerUpload, ecr-public:UploadLayerPart, ecr-public:CompleteLayerUpload, ecr-public:PutImage, ecr-public:DescribeRepositories
When the cause names a session policy, that is aws-session-policy: it must allow them too.`,
  },
  ECR_SESSION_NOT_ACCEPTED: {
    exit: 77,
    retry: 'propagation',
    what: 'ECR in <region> does not accept the session <role>, which STS has just given.',
    remedy:
      'A session takes a moment to be known everywhere: the param propagation-wait waits for it. When it stays, the clock of the node is wrong by more than five minutes (signatures carry the time).',
  },
  ECR_REFUSED: {
    exit: 77,
    retry: 'never',
    what: 'The ECR API in <region> refused <action>.',
    remedy: 'The cause is AWS’s own text.',
  },
  ECR_REPOSITORY_NOT_CREATED: {
    exit: 77,
    retry: 'never',
    what: '<service> in <region> did not create the repository <repository>.',
    remedy: `The cause is AWS’s own text: a name or tag that it does not take, a KMS key that the role may not use, or too many repositories in the account. Create it by hand to see more:
aws <command> create-repository --repository-name <repository> --region <region>`,
  },
})
