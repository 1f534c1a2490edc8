import type { EcrHost } from './ecr-host.ts'

/** A registry that a session is to be narrowed to; no repositories: all of it. */
export type PolicyTarget = { readonly ecr: EcrHost | 'public'; readonly repositories: readonly string[] }

const pull = [
  'BatchCheckLayerAvailability',
  'BatchGetImage',
  'GetDownloadUrlForLayer',
  'ListImages',
  'ListImageReferrers',
]
const push = [...pull, 'InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload', 'PutImage']
const publicPush = [
  'BatchCheckLayerAvailability',
  'InitiateLayerUpload',
  'UploadLayerPart',
  'CompleteLayerUpload',
  'PutImage',
]

/** STS takes no longer one. */
const longest = 2048

/**
 * The session policy that leaves a session nothing but what a client of these registries needs: ECR gives its password the rights of the
 * session that asks for it. `signer:SignPayload` stays, because managed signing signs as the one who pushes.
 */
export function registryPolicy(targets: readonly PolicyTarget[], access: 'pull' | 'push'): string {
  const precise = policyOf(targets, access, (target) => resourcesOf(target))
  return precise.length <= longest ? precise : policyOf(targets, access, () => ['*'])
}

function policyOf(
  targets: readonly PolicyTarget[],
  access: 'pull' | 'push',
  resources: (target: PolicyTarget) => readonly string[],
): string {
  const statements = (isPublic: boolean, service: string, actions: readonly string[], login: readonly string[]) => {
    const own = targets.filter(({ ecr }) => (ecr === 'public') === isPublic)
    if (own.length === 0) return []
    const Resource = [...new Set(own.flatMap(resources))]
    const Action = actions.map((action) => `${service}:${action}`)
    return [
      { Effect: 'Allow', Action: login, Resource: '*' },
      { Effect: 'Allow', Action, Resource },
    ]
  }
  const signing = access === 'push' ? ['signer:SignPayload'] : []
  const publicLogin = ['ecr-public:GetAuthorizationToken', 'sts:GetServiceBearerToken']
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      ...statements(false, 'ecr', access === 'push' ? push : pull, ['ecr:GetAuthorizationToken', ...signing]),
      ...statements(true, 'ecr-public', access === 'push' ? publicPush : publicPush.slice(0, 1), publicLogin),
    ],
  })
}

/** Of ECR Public the API knows a repository without its alias, in the session's own account, which the policy need not name. */
function resourcesOf({ ecr, repositories }: PolicyTarget): readonly string[] {
  const names = repositories.length === 0 ? ['*'] : repositories
  if (ecr === 'public') {
    return names.map((name) => `arn:aws:ecr-public::*:repository/${name.slice(name.indexOf('/') + 1)}`)
  }
  return names.map((name) => `arn:${ecr.partition}:ecr:${ecr.region}:${ecr.accountId}:repository/${name}`)
}
