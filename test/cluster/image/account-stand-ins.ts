import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { presignCallerIdentity } from '../../../steps/lib/aws/presign.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { imageProgram } from '../../../steps/lib/step/define-step.ts'
import { cloudsClient } from './clouds-client.ts'

/** The AWS CLI and kubectl, as far as they say who they are. */

type Host = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>

/** aws, as `sts get-caller-identity` calls it: by `--profile=NAME`, or by what a container is given. */
export async function aws(args: readonly string[], host: Host): Promise<number> {
  const [service, command, option = ''] = args
  const profile = option.replace(/^--profile=/, '')
  if (service !== 'sts' || command !== 'get-caller-identity' || (profile === option && option !== '')) {
    host.stderr.write(`aws is not called so: ${args.join(' ')}\n`)
    return 64
  }
  const { region, keys } = option === '' ? await fromContainer(host) : fromProfile(profile, host)
  const session = { ...keys, arn: '', accountId: '', expiresAt: 0, requestId: '', region }
  const url = presignCallerIdentity({
    host: `sts.${region}.amazonaws.com`,
    region,
    session,
    headers: {},
    now: Date.now(),
  })
  const answer = await cloudsClient(host).send({ method: 'GET', url: new URL(url.reveal()) })
  const [, arn] = /<Arn>([^<]+)</.exec(answer.body.toString('utf8')) ?? []
  if (arn === undefined) throw new Error(`STS says ${answer.status}`)
  host.stdout.write(`${JSON.stringify({ Arn: arn, region })}\n`)
  return 0
}

type Keys = { readonly accessKeyId: string; readonly secretAccessKey: Secret; readonly sessionToken: Secret }
type Found = { readonly region: string; readonly keys: Keys }

function fromProfile(profile: string, { env }: Host): Found {
  const settings = section(env['AWS_CONFIG_FILE'], profile === 'default' ? profile : `profile ${profile}`)
  const { region = '', credential_process: program } = settings
  if (program !== undefined) return { region, keys: keysOf(program, env) }
  const keys = section(env['AWS_SHARED_CREDENTIALS_FILE'], profile)
  return {
    region,
    keys: {
      accessKeyId: keys['aws_access_key_id'] ?? '',
      secretAccessKey: new Secret(keys['aws_secret_access_key'] ?? ''),
      sessionToken: new Secret(keys['aws_session_token'] ?? ''),
    },
  }
}

/** As AWS's SDKs ask where `AWS_CONTAINER_CREDENTIALS_FULL_URI` names; on the pod's loopback, so by no proxy. */
async function fromContainer({ env }: Host): Promise<Found> {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url = '', AWS_REGION: region = '' } = env
  const authorization = readFileSync(env['AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'] ?? '', 'utf8')
  const answer = await fetch(url, { headers: { authorization } })
  const body = (await answer.json()) as Readonly<Record<string, string>>
  if (!answer.ok) throw new Error(`the container endpoint says ${answer.status} ${body['Code'] ?? ''}`)
  const { AccessKeyId = '', SecretAccessKey = '', Token = '' } = body
  const [secretAccessKey, sessionToken] = [new Secret(SecretAccessKey), new Secret(Token)]
  return { region, keys: { accessKeyId: AccessKeyId, secretAccessKey, sessionToken } }
}

/** Starts a `credential_process`; what it says of a refusal is shown, as the CLI does. */
function keysOf(commandLine: string, env: NodeJS.ProcessEnv): Keys {
  // On a machine that has no image, its program is elsewhere.
  const line = commandLine.replace(imageProgram.join(' '), env['IMAGE_PROGRAM'] ?? imageProgram.join(' '))
  const [program = '', ...args] = line.split(' ')
  const said = execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  const answer = JSON.parse(said) as Record<'Version' | 'AccessKeyId' | 'SecretAccessKey' | 'SessionToken', string>
  return {
    accessKeyId: answer.AccessKeyId,
    secretAccessKey: new Secret(answer.SecretAccessKey),
    sessionToken: new Secret(answer.SessionToken),
  }
}

function section(file: string | undefined, name: string): Record<string, string> {
  const parts = readFileSync(file ?? '', 'utf8').split(/^(?=\[)/m)
  const part = parts.find((text) => text.startsWith(`[${name}]\n`))
  if (part === undefined) throw new Error(`${file} has no section ${name}`)
  return Object.fromEntries([...part.matchAll(/^(\w+) = (.*)$/gm)].map(([, key = '', value = '']) => [key, value]))
}

/** az, as `az login --identity` asks for its first token. */
export async function azLogin(host: Host): Promise<number> {
  const { IDENTITY_ENDPOINT: endpoint = '', IDENTITY_HEADER: header = '' } = host.env
  const url = new URL(endpoint)
  url.search = new URLSearchParams({
    'api-version': '2019-08-01',
    resource: 'https://management.core.windows.net/',
  }).toString()
  const answer = await fetch(url, { headers: { 'x-identity-header': header } })
  const body = (await answer.json()) as Readonly<Record<string, string>>
  if (!answer.ok) throw new Error(`the identity endpoint says ${answer.status} ${body['error'] ?? ''}`)
  const left = Number(body['expires_in'])
  if (!(left > 3000 && left < 5500)) throw new Error(`a token that lives ${left} seconds`)
  host.stdout.write(`token for ${body['resource']}, for an hour or so\n`)
  return 0
}

type Kubeconfig = {
  readonly contexts: readonly {
    readonly name: string
    readonly context: { readonly cluster: string; readonly user: string }
  }[]
  readonly clusters: readonly { readonly name: string; readonly cluster: { readonly server: string } }[]
  readonly users: readonly { readonly name: string; readonly user: { readonly tokenFile: string } }[]
}

/** kubectl, as `auth whoami --context=NAME` calls it. */
export async function kubectl(args: readonly string[], host: Host): Promise<number> {
  const [group, command, option = ''] = args
  const name = option.replace(/^--context=/, '')
  if (group !== 'auth' || command !== 'whoami' || name === option) {
    host.stderr.write(`kubectl is not called so: ${args.join(' ')}\n`)
    return 64
  }
  const file = host.env['KUBECONFIG'] ?? ''
  const { contexts, clusters, users } = JSON.parse(readFileSync(file, 'utf8')) as Kubeconfig
  const context = contexts.find((one) => one.name === name)?.context
  const server = clusters.find((one) => one.name === context?.cluster)?.cluster.server ?? ''
  const tokenFile = users.find((one) => one.name === context?.user)?.user.tokenFile ?? ''
  const answer = await cloudsClient(host).send({
    method: 'POST',
    url: new URL('/apis/authentication.k8s.io/v1/selfsubjectreviews', server),
    authorization: new Secret(`Bearer ${readFileSync(resolve(dirname(file), tokenFile), 'utf8')}`),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
  })
  const { status } = JSON.parse(answer.body.toString('utf8')) as { status?: { userInfo?: { username: string } } }
  if (status?.userInfo === undefined) throw new Error(`the API server says ${answer.status}`)
  host.stdout.write(`${status.userInfo.username}\n`)
  return 0
}
