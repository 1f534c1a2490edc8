import { decide as decideByPolicies } from '../aws/policy.ts'
import { partitionOf } from '../aws/hosts.ts'
import type { AwsSession, EcrPassword, World } from '../world.ts'
import { accessDenied, challenge, NOT_AUTHORIZED, PASSWORD_EXPIRED, WRONG_REGION } from './ecr-texts.ts'
import type { Call } from './flavor.ts'
import { refusal, RegistryRefusal } from './refusal.ts'

/** How IAM decided about one action, and which kind of policy did. */
export type Decision = {
  readonly outcome: 'allow' | 'explicit-deny' | 'implicit-deny'
  readonly decidedBy: 'identity-based policy' | 'session policy' | 'resource-based policy'
}

/** IAM, as the registry asks it. */
export type Decide = (world: World, session: AwsSession, asked: { action: string; resource: string }) => Decision

/** Account and region, as a registry's host name spells them. */
export type EcrHost = { readonly account: string; readonly region: string }

const HOST = /^(\d{12})\.dkr\.ecr\.([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(\.cn)?$/

/** Account and region of a private registry's host; undefined for any other host. */
export const parseEcrHost = (host: string): EcrHost | undefined => {
  const [, account, region, china] = HOST.exec(host) ?? []
  if (account === undefined || region === undefined) return undefined
  return (china !== undefined) === (partitionOf(region) === 'aws-cn') ? { account, region } : undefined
}

/**
 * The IAM actions behind each operation (protocols.md section 6). [K] assumption: those of an upload's status,
 * of the tag list and of the referrers.
 */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'GET blob': ['ecr:GetDownloadUrlForLayer'],
  'HEAD blob': ['ecr:BatchCheckLayerAvailability'],
  'POST uploads': ['ecr:InitiateLayerUpload'],
  'GET upload': ['ecr:UploadLayerPart'],
  'PATCH upload': ['ecr:UploadLayerPart'],
  'PUT upload': ['ecr:UploadLayerPart', 'ecr:CompleteLayerUpload'],
  'GET manifest': ['ecr:BatchGetImage'],
  'HEAD manifest': ['ecr:BatchGetImage'],
  'PUT manifest': ['ecr:PutImage'],
  'GET tags': ['ecr:ListImages'],
  'GET referrers': ['ecr:ListImageReferrers'],
}

/** Checks the password, its time and its region, then asks IAM for each action. */
export const authorizeEcr =
  (decide: Decide = decideByPolicies) =>
  async (call: Call): Promise<void> => {
    const target = parseEcrHost(call.host)
    if (target === undefined) throw new Error(`${call.host} is no ECR host`)
    const session = passwordOf(call)
    checkTimeAndRegion(call, session, target)
    for (const action of ACTIONS[`${call.method} ${call.route.kind}`] ?? []) {
      checkAction(call, session, { target, action, decide })
    }
  }

const passwordOf = (call: Call): EcrPassword => {
  const [, encoded] = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(call.request.headers.authorization ?? '') ?? []
  const pair = Buffer.from(encoded ?? '', 'base64').toString('utf8')
  const found = pair.startsWith('AWS:') ? call.world.ecrPasswords.get(pair.slice('AWS:'.length)) : undefined
  call.checks.push(`Basic AWS:<password>: ${found === undefined ? 'unknown' : 'known'}`)
  if (found !== undefined) return found
  throw new RegistryRefusal({
    status: 401,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'WWW-Authenticate': challenge(call.host) },
    body: NOT_AUTHORIZED,
    refused: 'UNAUTHORIZED',
  })
}

const checkTimeAndRegion = (call: Call, session: EcrPassword, target: EcrHost): void => {
  // The session's end counts too: a password does not outlive what it was made with (protocols.md section 6).
  const end = Math.min(session.expiresAt, session.passwordExpiresAt ?? session.expiresAt)
  const expired = end <= call.world.clock.now()
  call.checks.push(`password ends ${new Date(end).toISOString()}: ${expired ? 'expired' : 'valid'}`)
  if (expired) throw refusal('DENIED', { message: PASSWORD_EXPIRED })
  const region = session.ecrRegion ?? target.region
  call.checks.push(`password of ${region}, registry in ${target.region}`)
  if (region !== target.region) throw refusal('DENIED', { message: WRONG_REGION })
}

const checkAction = (
  call: Call,
  session: EcrPassword,
  asked: { readonly target: EcrHost; readonly action: string; readonly decide: Decide },
): void => {
  const { account, region } = asked.target
  const resource = `arn:${partitionOf(region)}:ecr:${region}:${account}:repository/${call.route.name}`
  const question = { action: asked.action, resource }
  const decision = crossesAccounts(session, account) ?? asked.decide(call.world, session, question)
  call.checks.push(`${asked.action} on ${resource}: ${decision.outcome} (${decision.decidedBy})`)
  if (decision.outcome !== 'allow') throw refusal('DENIED', { message: accessDenied(session, question, decision) })
}

// Across accounts the repository's own policy has to allow it as well; the sandbox's repositories have none.
const crossesAccounts = (session: EcrPassword, account: string): Decision | undefined =>
  session.accountId === account ? undefined : { outcome: 'implicit-deny', decidedBy: 'resource-based policy' }
