import { isGlobalSts, regionOfHost } from '../aws/hosts.ts'
import type { KubernetesCluster } from '../config-kubernetes.ts'
import type { World } from '../world.ts'
import type { KubernetesUser } from './api-servers.ts'

const PREFIX = 'k8s-aws-v1.'
const LONGEST = 4096
const LIFE_MS = 15 * 60_000

/** What the query of the URL may hold, and nothing else; aws-iam-authenticator compares the names in any letters, this one as AWS's clients write them. */
const PARAMS: ReadonlySet<string> = new Set([
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
])

/** Whom a presigned GetCallerIdentity is to an EKS cluster, which calls it with its own name; a text is why it is nobody. */
export async function eksUser(
  world: World,
  cluster: KubernetesCluster & { kind: 'eks' },
  token: string,
): Promise<KubernetesUser | string> {
  const url = presignedUrl(token)
  if (typeof url === 'string') return url
  const fault = faultOf(url, world.clock.now())
  if (fault !== undefined) return fault
  const { status, body } = await world.outbound(url.href, { 'x-k8s-aws-id': cluster.name, accept: 'application/json' })
  const [, arn = ''] = /<Arn>([^<]+)<\/Arn>/.exec(body) ?? []
  if (status !== 200) return `STS says ${status} ${/<Code>([^<]+)</.exec(body)?.[1] ?? ''}`
  const role = roleOf(arn)
  return cluster.roles.includes(role) ? { username: arn, groups: ['system:authenticated'] } : `${role} is not let in`
}

function presignedUrl(token: string): URL | string {
  if (token.length > LONGEST) return `longer than ${LONGEST}`
  if (!token.startsWith(PREFIX)) return `does not begin with ${PREFIX}`
  const encoded = token.slice(PREFIX.length)
  if (!/^[A-Za-z0-9_-]+$/.test(encoded)) return 'not unpadded base64url'
  return URL.parse(Buffer.from(encoded, 'base64url').toString('utf8')) ?? 'holds no URL'
}

function faultOf(url: URL, now: number): string | undefined {
  const names = [...url.searchParams.keys()]
  const signed = url.searchParams.get('X-Amz-SignedHeaders')?.split(';') ?? []
  const date = url.searchParams.get('X-Amz-Date') ?? ''
  const sent = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  const rules: readonly (readonly [holds: boolean, fault: string])[] = [
    [url.protocol === 'https:' && url.port === '' && url.username === '', 'no plain https URL'],
    [
      regionOfHost('sts', url.hostname) !== undefined && !isGlobalSts(url.hostname),
      `${url.hostname} is no STS of a region`,
    ],
    [url.pathname === '/', `the path ${url.pathname}`],
    [names.every((name) => PARAMS.has(name)), 'a parameter that does not belong there'],
    [new Set(names).size === names.length, 'a parameter twice'],
    [url.searchParams.get('Action') === 'GetCallerIdentity', 'another action'],
    [signed.includes('x-k8s-aws-id') && signed.includes('host'), 'x-k8s-aws-id or host is not signed'],
    [/^\d{1,3}$/.test(url.searchParams.get('X-Amz-Expires') ?? ''), 'X-Amz-Expires is none, or above 900'],
    [sent + LIFE_MS > now, `older than 15 minutes (${date})`],
  ]
  return rules.find(([holds]) => !holds)?.[1]
}

/** `arn:aws:sts::A:assumed-role/R/S` → `arn:aws:iam::A:role/R`. */
function roleOf(arn: string): string {
  const [, partition, , , account, resource = ''] = arn.split(':')
  return `arn:${partition}:iam::${account}:role/${resource.split('/')[1]}`
}
