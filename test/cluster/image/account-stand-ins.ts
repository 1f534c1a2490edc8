import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { presignCallerIdentity } from '../../../steps/lib/aws/presign.ts'
import { Secret } from '../../../steps/lib/core/secret.ts'
import { imageProgram } from '../../../steps/lib/step/define-step.ts'
import { cloudsClient } from './clouds-client.ts'

/** The AWS CLI and kubectl, as far as they say who they are. */

type Host = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>

/** aws, as `sts get-caller-identity --profile=NAME` calls it. */
export async function aws(args: readonly string[], host: Host): Promise<number> {
  const [service, command, option = ''] = args
  const profile = option.replace(/^--profile=/, '')
  if (service !== 'sts' || command !== 'get-caller-identity' || profile === option) {
    host.stderr.write(`aws is not called so: ${args.join(' ')}\n`)
    return 64
  }
  const settings = section(host.env['AWS_CONFIG_FILE'], profile === 'default' ? profile : `profile ${profile}`)
  const { region = '', credential_process: program } = settings
  const keys = program === undefined ? keysIn(host.env['AWS_SHARED_CREDENTIALS_FILE'], profile) : keysOf(program, host)
  const session = {
    ...keys,
    arn: '',
    accountId: '',
    expiresAt: 0,
    requestId: '',
    region,
  }
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

function keysIn(file: string | undefined, profile: string): Keys {
  const keys = section(file, profile)
  return {
    accessKeyId: keys['aws_access_key_id'] ?? '',
    secretAccessKey: new Secret(keys['aws_secret_access_key'] ?? ''),
    sessionToken: new Secret(keys['aws_session_token'] ?? ''),
  }
}

/** Starts a `credential_process`; what it says of a refusal is shown, as the CLI does. */
function keysOf(commandLine: string, { env }: Host): Keys {
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
