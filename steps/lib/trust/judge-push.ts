import type { RoleArn } from '../aws/role-arn.ts'
import type { StepError } from '../core/errors.ts'
import type { PushFinding } from './findings.ts'
import { isOfOthers } from './judge-aws.ts'
import { failedRow, followsRow, type Row } from './row.ts'
import { acrAssignments } from './set-up/acr.ts'
import { ecrRepository, pushPolicy, repositoryPolicy } from './set-up/aws-role.ts'
import { principalHole } from './set-up/entra.ts'
import type { SetUp } from './set-up/set-up.ts'

/** What is known beside the pushes: the role that works, and whether its session was had. */
export type PushAround = { readonly role: RoleArn | undefined; readonly sessionFailed: boolean }

/** Whether the identity may push, as far as a registry shows it before anything is pushed. */
export function judgePushes(pushes: readonly PushFinding[], around: PushAround): readonly Row[] {
  return pushes.map((push) => {
    const place = { check: 'push', about: push.name } as const
    if ('got' in push.result) return { ...place, standing: 'ok', cause: 'ok', text: allowed[push.registry.kind] }
    const { error } = push.result
    // ACR, too, where Entra is shown a token that AWS makes.
    const isOfSession = around.sessionFailed && (push.registry.kind !== 'acr' || error.code.startsWith('AWS_'))
    if (isOfOthers(error.code) || isOfSession) return followsRow(place, 'There is no token or session to try it with.')
    return failedRow(place, error, missing(push, error, around.role))
  })
}

const allowed = {
  acr: 'ACR grants pull and push.',
  ecr: 'ECR lets the role begin an upload; whether it may put the manifest (ecr:PutImage) shows only when it does.',
  'ecr-public': 'ECR Public lets the role begin an upload; whether it may put the manifest shows only when it does.',
} as const

const ofPermission: ReadonlySet<string> = new Set([
  'ECR_NOT_AUTHORIZED',
  'REGISTRY_DENIED',
  'ECR_ACTION_NOT_AUTHORIZED',
])

function missing({ registry, repository }: PushFinding, error: StepError, role: RoleArn | undefined): readonly SetUp[] {
  if (registry.kind === 'acr') {
    const isGrant = error.code === 'ACR_NO_PUSH_PERMISSION'
    return isGrant
      ? acrAssignments({ principal: error.values['principal'] || principalHole, loginServer: registry.host })
      : []
  }
  if (registry.kind !== 'ecr' || role === undefined) return []
  const { region, accountId: account, partition } = registry.ecr
  const name = { region, name: repository, account }
  if (error.code === 'REGISTRY_REPOSITORY_UNKNOWN') return [ecrRepository(name)]
  if (!ofPermission.has(error.code)) return []
  const own = pushPolicy(role, `arn:${partition}:ecr:${region}:${account}:repository/${repository}`)
  return account === role.accountId ? [own] : [own, repositoryPolicy(name, role)]
}
