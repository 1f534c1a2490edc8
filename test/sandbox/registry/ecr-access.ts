import { repositoryKeys } from '../aws/ecr-target.ts'
import { decide as decideByPolicies } from '../aws/policy.ts'
import type { AskedAction, SessionDecision } from '../aws/policy.ts'
import type { AwsSession, EcrPassword, World } from '../world.ts'
import { ecrRepositoryArn, parseEcrHost } from './ecr-hosts.ts'
import type { EcrHost } from './ecr-hosts.ts'
import { findEcrRepository } from './ecr-repositories.ts'
import { accessDenied, challenge, NOT_AUTHORIZED, PASSWORD_EXPIRED, WRONG_REGION } from './ecr-texts.ts'
import type { Call } from './flavor.ts'
import { refusal, RegistryRefusal } from './refusal.ts'

/** How IAM decided about one action, and which kind of policy did. */
export type Decision = Pick<SessionDecision, 'outcome' | 'decidedBy'>

/** IAM, as the registry asks it. */
export type Decide = (world: World, session: AwsSession, asked: AskedAction) => Decision

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
  (decide?: Decide) =>
  async (call: Call): Promise<void> => {
    const target = parseEcrHost(call.host)
    if (target === undefined) throw new Error(`${call.host} is no ECR host`)
    const session = passwordOf(call)
    checkTimeAndRegion(call, session, target)
    for (const action of ACTIONS[`${call.method} ${call.route.kind}`] ?? []) {
      checkAction(call, session, { target, name: call.route.name, action, decide })
    }
  }

/** Who mounts has to be able to pull the source (AWS's blob-mounting). [K] assumption: else it goes on as a plain upload. */
export const mayPullSource =
  (decide?: Decide) =>
  async (call: Call, from: string): Promise<boolean> => {
    const target = parseEcrHost(call.host)
    if (target === undefined) return false
    const asked = { target, name: from, action: 'ecr:GetDownloadUrlForLayer', decide }
    return decideAction(call, passwordOf(call), asked).decision.outcome === 'allow'
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

type Asked = {
  readonly target: EcrHost
  readonly name: string
  readonly action: string
  readonly decide: Decide | undefined
}

const checkAction = (call: Call, session: EcrPassword, asked: Asked): void => {
  const { decision, resource } = decideAction(call, session, asked)
  if (decision.outcome === 'allow') return
  throw refusal('DENIED', { message: accessDenied(session, { action: asked.action, resource }, decision) })
}

const decideAction = (
  call: Call,
  session: EcrPassword,
  { target, name, action, decide }: Asked,
): { readonly decision: Decision; readonly resource: string } => {
  const resource = ecrRepositoryArn(target, name)
  const repository = findEcrRepository(call.world, { ...target, name })
  const decision = (decide ?? decideByPolicies)(call.world, session, {
    action,
    resource,
    keys: { 'aws:RequestedRegion': target.region, ...repositoryKeys(repository) },
    ...(repository?.policy === undefined ? {} : { resourcePolicy: repository.policy }),
  })
  call.checks.push(`${action} on ${resource}: ${decision.outcome} (${decision.decidedBy})`)
  return { decision, resource }
}
