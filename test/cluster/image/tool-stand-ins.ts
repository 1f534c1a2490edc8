import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { cloudsClient } from './clouds-client.ts'
import { dockerClient, type Artifact } from './docker-client.ts'

/**
 * What stands for other people's tools where they use what a step of ours has handed over. Each takes the arguments that the examples give, reads
 * the files that the real one reads, goes to the clouds with what stands there, and prints what it was told.
 */

type Host = Pick<NodeJS.Process, 'stdout' | 'stderr' | 'env'>

const image: Artifact = {
  configType: 'application/vnd.oci.image.config.v1+json',
  layerType: 'application/vnd.oci.image.layer.v1.tar+gzip',
  content: 'an image',
}
const chart: Artifact = {
  configType: 'application/vnd.cncf.helm.config.v1+json',
  layerType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
  content: 'a chart',
}

function misused(host: Host, tool: string, args: readonly string[]): number {
  host.stderr.write(`${tool} is not called so: ${args.join(' ')}\n`)
  return 64
}

function dockerConfig({ env }: Host): string {
  return join(env['DOCKER_CONFIG'] ?? '', 'config.json')
}

/** kaniko, as `--context=… --destination=… …` calls it: pushes to each destination. */
export async function pushingKaniko(args: readonly string[], host: Host): Promise<number> {
  const destinations = args.flatMap((arg) => /^--destination=(.+)$/.exec(arg)?.[1] ?? [])
  if (!args.some((arg) => arg.startsWith('--context='))) return misused(host, 'kaniko', args)
  const client = dockerClient(cloudsClient(host), dockerConfig(host))
  for (const destination of destinations) host.stdout.write(`${await client.push(destination, image)}\n`)
  return 0
}

/** buildah, as `--root=DIR --storage-driver=vfs build --tag=NAME CONTEXT` and `… push NAME docker://REFERENCE` call it. */
export async function buildah(args: readonly string[], host: Host): Promise<number> {
  const [root = '', driver, command, first = '', last = ''] = args
  const store = root.replace(/^--root=/, '')
  if (store === root || driver !== '--storage-driver=vfs') return misused(host, 'buildah', args)
  if (command === 'build' && first.startsWith('--tag=') && existsSync(last)) {
    mkdirSync(store, { recursive: true })
    writeFileSync(join(store, first.slice('--tag='.length)), 'an image')
    return 0
  }
  if (command !== 'push' || !existsSync(join(store, first)) || !last.startsWith('docker://'))
    return misused(host, 'buildah', args)
  const client = dockerClient(cloudsClient(host), host.env['REGISTRY_AUTH_FILE'] ?? '')
  host.stdout.write(`${await client.push(last.slice('docker://'.length), image)}\n`)
  return 0
}

/** helm, as `push CHART.tgz oci://HOST/PATH` calls it. */
export async function helm(args: readonly string[], host: Host): Promise<number> {
  const [command, file = '', target = ''] = args
  const [, name, version] = /^(.+)-(\d.*)\.tgz$/.exec(basename(file)) ?? []
  if (command !== 'push' || name === undefined || !existsSync(file) || !target.startsWith('oci://'))
    return misused(host, 'helm', args)
  const client = dockerClient(cloudsClient(host), host.env['HELM_REGISTRY_CONFIG'] ?? '')
  host.stdout.write(`${await client.push(`${target.slice('oci://'.length)}/${name}:${version}`, chart)}\n`)
  return 0
}

/** trivy, as `image --exit-code=1 --severity=CRITICAL REFERENCE` calls it: pulls, and finds nothing. */
export async function trivy(args: readonly string[], host: Host): Promise<number> {
  const [command, exitCode, severity, reference = ''] = args
  if (command !== 'image' || exitCode !== '--exit-code=1' || severity !== '--severity=CRITICAL')
    return misused(host, 'trivy', args)
  const client = dockerClient(cloudsClient(host), dockerConfig(host))
  host.stdout.write(`${await client.pull(reference)}\n`)
  return 0
}

/** A shell, as `-ec '. FILE; exec terraform plan -input=false'` calls it: Terraform logs in as the file says. */
export async function terraformInShell(args: readonly string[], host: Host): Promise<number> {
  const [, file] = /^\. (\S+); exec terraform plan -input=false$/.exec(args[1] ?? '') ?? []
  if (args[0] !== '-ec' || file === undefined) return misused(host, 'sh', args)
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const pairs = lines.map((line) => /^export (\w+)='([^']*)'$/.exec(line)?.slice(1) ?? ['', ''])
  const {
    ARM_USE_OIDC,
    ARM_TENANT_ID,
    ARM_CLIENT_ID = '',
    ARM_OIDC_TOKEN_FILE_PATH = '',
  } = Object.fromEntries(pairs) as Record<string, string>
  if (ARM_USE_OIDC !== 'true') throw new Error('ARM_USE_OIDC is not true')
  const form = {
    grant_type: 'client_credentials',
    client_id: ARM_CLIENT_ID,
    scope: 'https://management.azure.com/.default',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: readFileSync(ARM_OIDC_TOKEN_FILE_PATH, 'utf8'),
  }
  const { status, body } = await cloudsClient(host).send({
    method: 'POST',
    url: new URL(`https://login.microsoftonline.com/${ARM_TENANT_ID}/oauth2/v2.0/token`),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form).toString(),
  })
  if (status !== 200) throw new Error(`Entra says ${status} ${body.toString('utf8').slice(0, 200)}`)
  host.stdout.write(`No changes. Logged in as ${ARM_CLIENT_ID}.\n`)
  return 0
}
