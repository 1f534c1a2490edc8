import { decide } from '../aws/policy.ts'
import type { AwsAccount } from '../config.ts'
import type { EcrPublicToken, World } from '../world.ts'
import { hasPublicRepository } from './ecr-public-repositories.ts'
import { ECR_PUBLIC_HOST, readBearer } from './ecr-public-tokens.ts'
import type { PublicCaller } from './ecr-public-tokens.ts'
import { accessDenied, PASSWORD_EXPIRED, PUBLIC_NOT_AUTHORIZED, PUBLIC_TOKEN_INVALID } from './ecr-texts.ts'
import type { Call } from './flavor.ts'
import { refusal } from './refusal.ts'

/** Actions of a push. Pulling needs none: the gallery is open to everybody. */
const PUSH_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'POST uploads': ['ecr-public:InitiateLayerUpload'],
  'GET upload': ['ecr-public:UploadLayerPart'],
  'PATCH upload': ['ecr-public:UploadLayerPart'],
  'PUT upload': ['ecr-public:UploadLayerPart', 'ecr-public:CompleteLayerUpload'],
  'PUT manifest': ['ecr-public:PutImage'],
}

/** The account whose alias a repository's name begins with, and whether it has the repository. */
export const ownerOf = (
  world: World,
  name: string,
): { readonly account: AwsAccount; readonly repository: string; readonly hasRepository: boolean } | undefined => {
  const [alias = '', ...rest] = name.split('/')
  const repository = rest.join('/')
  const account = world.config.accounts.find(({ publicRegistry }) => publicRegistry?.alias === alias)
  if (account === undefined) return undefined
  return { account, repository, hasRepository: hasPublicRepository(world, account, repository) }
}

/** Wants a Bearer token for everything, an AWS session for a push, and IAM's leave for what is under the own alias. */
export const authorizeEcrPublic = async (call: Call): Promise<void> => {
  const caller = callerOf(call)
  for (const action of PUSH_ACTIONS[`${call.method} ${call.route.kind}`] ?? []) checkPush(call, caller.session, action)
}

const callerOf = (call: Call): PublicCaller => {
  const header = call.request.headers.authorization
  if (header === undefined) {
    call.checks.push('Bearer token: none')
    throw refusal('UNAUTHORIZED', { message: PUBLIC_NOT_AUTHORIZED, headers: { 'WWW-Authenticate': challenge() } })
  }
  const [, token = ''] = /^Bearer (\S+)$/i.exec(header) ?? []
  const caller = readBearer(call.world, token)
  const isLate = caller !== undefined && caller.expiresAt <= call.world.clock.now()
  call.checks.push(`Bearer token: ${caller === undefined ? 'unknown' : isLate ? 'expired' : 'valid'}`)
  if (caller !== undefined && !isLate) return caller
  // 400 without a challenge, for Basic too: dependabot/proxy 157, aws/containers-roadmap 2835. [K] assumption: the text of an expired one.
  throw refusal('DENIED', { status: 400, message: isLate ? PASSWORD_EXPIRED : PUBLIC_TOKEN_INVALID })
}

/** [K] assumption: realm and scope, as protocols.md section 6 leaves the flow open. */
const challenge = (): string =>
  `Bearer realm="https://${ECR_PUBLIC_HOST}/token/",service="${ECR_PUBLIC_HOST}",scope="aws"`

const checkPush = (call: Call, session: EcrPublicToken | undefined, action: string): void => {
  const owner = ownerOf(call.world, call.route.name)
  const isOwn = session !== undefined && owner?.account.id === session.accountId
  call.checks.push(`push by ${session?.accountId ?? 'nobody'} under the alias of ${owner?.account.id ?? 'nobody'}`)
  // [K] assumption: status and text for those who push where they own nothing.
  if (!isOwn || owner === undefined) throw refusal('DENIED', { message: PUBLIC_NOT_AUTHORIZED })
  const resource = `arn:aws:ecr-public::${session.accountId}:repository/${owner.repository}`
  const decision = decide(call.world, session, { action, resource })
  call.checks.push(`${action} on ${resource}: ${decision.outcome} (${decision.decidedBy})`)
  if (decision.outcome !== 'allow')
    throw refusal('DENIED', { message: accessDenied(session, { action, resource }, decision) })
}
