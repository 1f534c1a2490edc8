import { readFile } from 'node:fs/promises'
import { readRole, type SeenRole } from '../lib/aws/iam-role.ts'
import { readTrustPolicy, type ReadPolicy } from '../lib/aws/policy-statement.ts'
import type { AwsSession } from '../lib/aws/session.ts'
import { sessionName } from '../lib/aws/session-name.ts'
import type { TrustedToken } from '../lib/aws/trust-policy.ts'
import { awsSession, type AwsTarget } from '../lib/federation/aws-session.ts'
import type { Federation } from '../lib/federation/federation.ts'
import { gotten, type AwsFindings, type EntraFindings, type TokenFinding, type Tried } from '../lib/trust/findings.ts'
import { findingOf } from './probe-tokens.ts'

/** What is known already, and the file that may hold the trust policy. */
export type AwsProbe = {
  readonly target: AwsTarget
  readonly tokens: readonly TokenFinding[]
  readonly entra: EntraFindings | undefined
  readonly policyFile: string | undefined
}

const shortestSeconds = 900

/** Tries STS, and reads the role's trust policy by iam:GetRole, if its session may, and from the file. A refusal is a finding. */
export async function probeAws(federation: Federation, probe: AwsProbe): Promise<AwsFindings> {
  const { target, policyFile } = probe
  const { http, patience } = federation.services
  const session = await trySession(federation, target)
  const sessionOfRole = await ownSession(federation, target, session)
  const seenRole: SeenRole =
    sessionOfRole === undefined
      ? { unseen: 'there is no session to read it with' }
      : await readRole({
          role: target.role,
          session: sessionOfRole,
          http,
          now: patience.clock.now(),
          signal: patience.signal,
        })
  return {
    role: target.role,
    worker: target.chain ?? target.role,
    letIn: sessionOfRole !== undefined,
    durationSeconds: target.durationSeconds ?? shortestSeconds,
    sessionName: sessionName(target.context.podNamespace, target.context.taskRun),
    sent: sentToken(probe),
    session,
    seenRole,
    filePolicy: policyFile === undefined ? undefined : await readPolicyFile(policyFile),
  }
}

async function trySession(federation: Federation, target: AwsTarget): Promise<Tried<AwsSession>> {
  try {
    return { got: await awsSession(federation, target) }
  } catch (error) {
    return { error: findingOf(error, federation.services.patience.signal) }
  }
}

/** IAM is asked by the role itself: with a chain, by the session before the last, narrowed as the last one is. */
async function ownSession(
  federation: Federation,
  target: AwsTarget,
  last: Tried<AwsSession>,
): Promise<AwsSession | undefined> {
  if (target.chain === undefined) return gotten(last)
  const { chain: _, ...first } = target
  return gotten(await trySession(federation, first))
}

/** What went to STS: the Entra token for the role's resource, or the pod's own token for AWS. */
function sentToken({ target, tokens, entra }: AwsProbe): TrustedToken | undefined {
  if (target.proof === 'cluster') {
    const own = tokens.find(({ shownTo }) => shownTo === 'AWS')
    const token = own === undefined ? undefined : gotten(own.token)
    if (token === undefined) return undefined
    const { issuer, subject, audiences } = token
    return { issuer, subject, audience: audiences.join(' '), authorizedParty: '' }
  }
  const exchange = entra?.exchanges.find(({ resource }) => resource === target.tokenResource)
  return exchange === undefined ? undefined : gotten(exchange.result)
}

async function readPolicyFile(path: string): Promise<ReadPolicy> {
  try {
    return readTrustPolicy(await readFile(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    return { fault: `${path}: ${reason}` }
  }
}
