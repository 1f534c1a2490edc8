import { defineErrors } from './row.ts'

/** Ways of an identity beside the plain one: role chaining, AWS without Entra, Entra by AWS, identity bindings, apps of several tenants. */
export const identityRows = defineErrors({
  AWS_CHAIN_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'propagation',
    what: 'STS does not let the session of <first role> assume <role>: <action> is not allowed.',
    sent: ['session', 'role'],
    remedy: `Two policies must allow it. The trust policy of <role>:
<trust policy>
Saved as trust.json:
aws iam update-assume-role-policy --role-name <role name> \\
  --policy-document file://trust.json
And a policy of <first role>:
<identity policy>
Saved as chain.json:
aws iam put-role-policy --role-name <first role name> \\
  --policy-name assume-<role name> --policy-document file://chain.json
sts:TagSession and sts:SetSourceIdentity are needed where the token brings tags or a source identity, which go on to the next role.`,
  },
  AWS_SESSION_NOT_ACCEPTED: {
    exit: 77,
    retry: 'never',
    what: 'STS does not accept the request that was signed by <session>.',
    sent: ['region'],
    remedy:
      'The session has just been made, so a clock is wrong: compare the node’s with the time in the cause. When it is right, look at the proxy: it must not change headers.',
  },
  AWS_SESSION_POLICY_UNKNOWN: {
    exit: 64,
    retry: 'never',
    what: 'STS does not accept the managed session policies for <role>: one of them is not there, or cannot be attached.',
    sent: ['policies'],
    remedy:
      'The cause names it. aws-session-policy-arns takes policies of AWS and of the account <account> alone:\naws iam list-policies --query "Policies[].Arn"',
  },
  AWS_TOKEN_FILE_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'By aws-identity the pod’s own token goes to AWS, and there is none at <path>: <reason>.',
    remedy: `Give the token volume of your Task a second file beside token:
- serviceAccountToken: { audience: <audience>, expirationSeconds: 3600, path: aws-token }`,
  },
  AWS_TOKEN_AUDIENCE_MISMATCH: {
    exit: 64,
    retry: 'never',
    what: 'The projected token for AWS is made out to another audience than the one that was asked for. It was not sent to AWS.',
    sent: ['token audience', 'expected audience'],
    remedy:
      'Give the Task the param aws-token-audience, or the file aws-token of your own volume that audience. A ConfigMap profile cannot, because Tekton fills the volume before any step runs.',
  },
  AWS_CLUSTER_TOKEN_SIGNATURE_BAD: {
    exit: 77,
    retry: 'propagation',
    what: 'STS could not validate the cluster’s token, and its signature is bad: <finding>. It was checked with the keys of <issuer>.',
    sent: ['issuer', 'kid', 'token audience'],
    remedy:
      'Two clusters share one issuer URL, or the published JWKS is from another cluster. Compare it with this one:\nkubectl get --raw /openid/v1/jwks',
  },
  AWS_OUTBOUND_DISABLED: {
    exit: 77,
    retry: 'propagation',
    what: 'The AWS account <account> gives no tokens for use outside of AWS: outbound web identity federation is not enabled.',
    remedy: 'Enable it, once for the account:\naws iam enable-outbound-web-identity-federation',
  },
  AWS_OUTBOUND_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'propagation',
    what: 'IAM does not let <role> get a token for <audience> (sts:GetWebIdentityToken).',
    sent: ['session', 'audience'],
    remedy: `Give the role this policy, and leave the action in where a session policy narrows it:
<identity policy>
Saved as outbound.json:
aws iam put-role-policy --role-name <role name> \\
  --policy-name entra --policy-document file://outbound.json`,
  },
  AWS_OUTBOUND_REFUSED: {
    exit: 64,
    retry: 'never',
    what: 'STS does not accept the request for a token for <audience>.',
    sent: ['session', 'audience'],
    remedy:
      'The cause names the member. The audience is the param token-audience; a session that is about to end cannot outlive its tokens: give a longer aws-session-duration.',
  },
  AKS_BINDING_MISSING: {
    exit: 64,
    retry: 'never',
    what: 'By azure-identity the identity binding of AKS is used, and this pod has no AZURE_KUBERNETES_TOKEN_PROXY: the webhook of AKS has not seen it.',
    remedy: `The TaskRun, or its PipelineRun, must carry, as Tekton copies both to the pod:
metadata:
  labels: { azure.workload.identity/use: "true" }
  annotations: { azure.workload.identity/use-identity-binding: "true" }
On a cluster that is not AKS use azure-identity: cluster.`,
  },
  AKS_BINDING_INVALID: {
    exit: 64,
    retry: 'never',
    what: 'The variable <variable>, by which AKS tells of its token proxy, cannot be used: <reason>.',
    remedy:
      'The webhook of AKS sets these variables by itself: nothing in the Task or in the pod template may set any AZURE_KUBERNETES_* besides it.',
  },
  AKS_BINDING_AUDIENCE_MISMATCH: {
    exit: 64,
    retry: 'never',
    what: 'By azure-identity the identity binding of AKS is used, and the projected token is made out to another audience. It was not sent anywhere.',
    sent: ['token audience', 'expected audience'],
    remedy:
      'The webhook of AKS projects the right token by itself: nothing in the Task or in the pod template may set AZURE_FEDERATED_TOKEN_FILE.',
  },
  AKS_BINDING_NOT_AUTHORIZED: {
    exit: 77,
    retry: 'propagation',
    what: 'The identity bindings of this AKS cluster do not let <subject> act as the managed identity <client>.',
    sent: ['issuer', 'subject'],
    remedy: `Bind the managed identity to the cluster:
az aks identity-binding create --resource-group GROUP \\
  --cluster-name CLUSTER --name <name> \\
  --managed-identity-resource-id IDENTITY_RESOURCE_ID
And let the service account use it, in the cluster:
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: <name> }
rules:
  - verbs: [use-managed-identity]
    apiGroups: [cid.wi.aks.azure.com]
    resources: [<client>]
kubectl create clusterrolebinding <name> --clusterrole=<name> \\
  --serviceaccount=<service account>
An app registration cannot be bound: client-id must be that of a user-assigned managed identity.`,
  },
  TOKEN_OF_IDENTITY_BINDING: {
    exit: 64,
    retry: 'never',
    what: 'The projected token is made out to the identity bindings of AKS, and azure-identity is cluster. It was not sent to Entra.',
    sent: ['token audience', 'expected audience'],
    remedy:
      'Say identity-binding by the param azure-identity, or by the key azure-identity in the identity profile; or take the annotation azure.workload.identity/use-identity-binding off the run.',
  },
  ENTRA_CONSENT_MISSING: {
    exit: 77,
    retry: 'propagation',
    what: 'Nobody in the tenant <tenant> has consented to the application <client>.',
    sent: ['tenant', 'resource'],
    remedy: `An administrator of that tenant opens, once:
<authority>/<tenant>/adminconsent?client_id=<client>
Then give its service principal there the roles that it needs.`,
  },
})
