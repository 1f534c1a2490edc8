import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { proxyEnvironment } from '../../sandbox/control/client-environment.ts'
import { example } from '../../sandbox/example-cloud.ts'
import { measure, type ProgramCall } from '../measure.ts'
import type { Bench, Contender } from '../row.ts'
import type { BenchSandbox } from '../sinks/sandbox.ts'
import type { Sample } from '../statistics.ts'
import { askVersion } from './push-tool.ts'

type Cli = { readonly bench: Bench; readonly sandbox: BenchSandbox; readonly aws: string }

type Place = { readonly folder: string; readonly env: Readonly<Record<string, string>> }

/** `aws sts` with an Entra token that is there already. */
export async function awsAlone(cli: Cli): Promise<Contender> {
  const place = await placeFor(cli, 'aws')
  const token = join(place.folder, 'entra-token')
  return {
    tool: 'aws',
    version: await askVersion([cli.aws, '--version']),
    run: async () => {
      await writeFile(token, await cli.sandbox.entraToken())
      return await measure([assumeRole(cli, place, token)], place.folder)
    },
  }
}

/** `az login`, `az account get-access-token` and `aws sts`: what one would do without us. */
export async function azAndAws(cli: Cli & { readonly az: string }): Promise<Contender> {
  const place = await placeFor(cli, 'az')
  const [projected, answer, token] = ['projected', 'answer', 'entra-token'].map((name) => join(place.folder, name))
  if (projected === undefined || answer === undefined || token === undefined) throw new RangeError('three files')
  const { env } = place
  return {
    tool: 'az and aws',
    version: `${await askVersion([cli.az, '--version'])}, ${await askVersion([cli.aws, '--version'])}`,
    run: async () => {
      const { clientId, tenantId, awsTokenResource } = example
      const pod = ['-u', clientId, '-t', tenantId, '--federated-token', await cli.sandbox.token()]
      const login = { argv: [cli.az, 'login', '--service-principal', ...pod], env }
      const get = [cli.az, 'account', 'get-access-token', '--resource', awsTokenResource, '--output', 'json']
      const first = await measure([login, { argv: get, env, stdout: answer }], place.folder)
      await writeFile(token, (JSON.parse(await readFile(answer, 'utf8')) as { accessToken: string }).accessToken)
      return added(first, await measure([assumeRole(cli, place, token)], place.folder))
    },
  }
}

function added(one: Sample, other: Sample): Sample {
  return {
    wallMs: one.wallMs + other.wallMs,
    cpuMs: one.cpuMs + other.cpuMs,
    peakMb: Math.max(one.peakMb, other.peakMb),
  }
}

function assumeRole({ aws }: Cli, { env }: Place, token: string): ProgramCall {
  const role = ['--role-arn', example.roleArn, '--role-session-name', 'bench']
  const call = ['sts', 'assume-role-with-web-identity', ...role, '--web-identity-token', `file://${token}`]
  return { argv: [aws, ...call, '--region', example.region], env }
}

async function placeFor({ bench, sandbox }: Cli, name: string): Promise<Place> {
  const folder = await mkdtemp(join(bench.folder, `${name}-`))
  const home = join(folder, 'home')
  await mkdir(home)
  const ca = join(folder, 'ca.crt')
  await writeFile(ca, sandbox.caPem)
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    AZURE_CONFIG_DIR: join(home, 'azure'),
    AZURE_CORE_COLLECT_TELEMETRY: 'false',
    AWS_EC2_METADATA_DISABLED: 'true',
    REQUESTS_CA_BUNDLE: ca,
    AWS_CA_BUNDLE: ca,
    ...proxyEnvironment(sandbox.proxyUrl),
  }
  return { folder, env }
}
