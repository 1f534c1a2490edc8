import type { HttpClient } from '../http/client.ts'
import type { RoleArn } from './role-arn.ts'
import type { AwsSession } from './session.ts'
import { signRequest } from './sign-request.ts'
import { readTrustPolicy, type ReadPolicy } from './policy-statement.ts'

/** What IAM says of a role, or why it says nothing. */
export type SeenRole =
  | { readonly policy: ReadPolicy; readonly maxSessionSeconds: number | undefined }
  | { readonly unseen: string }

type Endpoint = { readonly host: string; readonly region: string }

/** IAM has one endpoint for a partition, which signs as one region (AWS General Reference, IAM endpoints; for the others [K]). */
const endpoints: Readonly<Record<string, Endpoint>> = {
  aws: { host: 'iam.amazonaws.com', region: 'us-east-1' },
  'aws-us-gov': { host: 'iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
  'aws-cn': { host: 'iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-eusc': { host: 'iam.eusc-de-east-1.amazonaws.eu', region: 'eusc-de-east-1' },
}

/** A role that is asked for as itself: with a session of it. */
export type RoleQuestion = {
  readonly role: RoleArn
  readonly session: AwsSession
  readonly http: HttpClient
  readonly now: number
  readonly signal: AbortSignal
}

/**
 * Reads a role by iam:GetRole (IAM API reference), if its session may. It never throws but for the end of the run: a policy that is not seen
 * is a finding, not a failure. The answer is XML; the two members that count hold no markup (the policy is percent-encoded, RFC 3986).
 */
export async function readRole({ role, session, http, now, signal }: RoleQuestion): Promise<SeenRole> {
  const endpoint = endpoints[role.partition]
  if (endpoint === undefined) return { unseen: `IAM of the partition ${role.partition} is not known here` }
  const form = new URLSearchParams({ Action: 'GetRole', Version: '2010-05-08', RoleName: role.name })
  const body = Buffer.from(form.toString())
  const url = new URL(`https://${endpoint.host}/`)
  const signed = signRequest({
    service: 'iam',
    region: endpoint.region,
    method: 'POST',
    url,
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
    session,
    now,
  })
  try {
    const answer = await http.send({ method: 'POST', url, ...signed, body, signal })
    return seenIn(answer.body.toString('utf8'), answer.status, role)
  } catch (error) {
    signal.throwIfAborted()
    return { unseen: error instanceof Error ? error.message : String(error) }
  }
}

function seenIn(xml: string, status: number, role: RoleArn): SeenRole {
  const member = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]
  if (status !== 200) {
    const code = member('Code') ?? `HTTP ${status}`
    if (code === 'AccessDenied') return { unseen: `${role.arn} may not call iam:GetRole on itself` }
    return { unseen: `iam:GetRole: ${code}` }
  }
  // Two roles may have one name in texts, never in an account: the path is compared all the same.
  if (member('Arn') !== role.arn) return { unseen: `IAM answered with the role ${member('Arn') ?? '(none)'}` }
  const document = decoded(member('AssumeRolePolicyDocument') ?? '')
  const seconds = Number(member('MaxSessionDuration'))
  return {
    policy: readTrustPolicy(document),
    maxSessionSeconds: Number.isInteger(seconds) && seconds > 0 ? seconds : undefined,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}
