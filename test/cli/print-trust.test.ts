import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { call, jsonOf } from './command-line.ts'

const { namespace, serviceAccount, tenantId } = example
const base = ['print-trust', '--namespace', namespace, '--service-account', serviceAccount, '--tenant-id', tenantId]
const repositories = [example.ecrHost, example.acrHost].flatMap((host) => ['--images', `${host}/${example.repository}`])

/** What the clouds' own tools would say, for each query that the script makes. */
const tool = `#!/bin/sh
name=$(basename "$0")
{ printf '%s' "$name"; for word in "$@"; do printf '\\037%s' "$word"; done; printf '\\036'; } >> "$CALLS"
case "$name $*" in
  "kubectl get"*) echo '{"issuer":"${example.issuer}","jwks_uri":"x"}' ;;
  "kubectl apply"*) cat >> "$APPLIED"; echo --- >> "$APPLIED" ;;
  "az ad app create"*aws-ci*) echo ${example.awsAppId} ;;
  "az ad app create"*) echo ${example.clientId} ;;
  "az ad sp create"*query*) echo ${example.principalId} ;;
  "az ad sp show"*) echo id-of-$5 ;;
  "az acr show"*) echo /registries/contoso ;;
esac
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-trust-'))
  for (const name of ['az', 'aws', 'kubectl']) {
    await writeFile(join(folder, name), tool)
    await chmod(join(folder, name), 0o755)
  }
})
afterAll(async () => await rm(folder, { recursive: true, force: true }))

describe('print-trust', () => {
  test('the script runs, and hands each id on to what needs it', async () => {
    const printed = await call([...base, ...repositories, '--output', 'sh'])
    expect(printed.code, printed.stderr).toBe(0)
    const env = { PATH: `${folder}:/usr/bin:/bin`, CALLS: join(folder, 'calls'), APPLIED: join(folder, 'applied') }
    const ran = spawnSync('/bin/sh', ['-c', printed.stdout], { cwd: folder, env, encoding: 'utf8' })
    expect({ status: ran.status, stderr: ran.stderr }).toEqual({ status: 0, stderr: '' })
    const said = (await readFile(env.CALLS, 'utf8')).split('\u001E').map((line) => line.split('\u001F'))
    const calls = said.map((words) => words.join(' ')).join('\n')
    // What follows a word in the first call that has it.
    const argument = (name: string): unknown => {
      const words = said.find((one) => one.includes(name)) ?? []
      return JSON.parse(words[words.indexOf(name) + 1] ?? 'null')
    }
    const clientList = `--client-id-list ${example.clientId}`
    expect(calls).toContain(
      `aws iam create-open-id-connect-provider --url https://login.microsoftonline.com/${tenantId}/v2.0 ${clientList}`,
    )
    expect(calls).toContain(
      `--assignee-object-id ${example.principalId} --assignee-principal-type ServicePrincipal --scope /registries/contoso`,
    )
    expect(calls).toContain(`"principalId":"id-of-${example.clientId}","resourceId":"id-of-${example.awsAppId}"`)
    const platform = async (name: string): Promise<unknown> =>
      JSON.parse(await readFile(`examples/platform/${name}`, 'utf8'))
    expect(argument('--parameters')).toEqual(await platform('federated-credential.json'))
    expect(argument('--assume-role-policy-document')).toEqual(await platform('trust-policy.json'))
    expect(argument('--policy-document')).toEqual(await platform('push-policy.json'))
    expect(await readFile(env.APPLIED, 'utf8')).toContain(`client-id: "${example.clientId}"`)
  })

  test('the text has each thing in every form, the JSON the same for programs', async () => {
    const { stdout } = await call([...base, ...repositories])
    for (const form of ['YAML', 'JSON', 'az', 'aws', 'Terraform', 'Bicep']) expect(stdout).toContain(`\n--- ${form}\n`)
    const { create } = jsonOf(await call([...base, ...repositories, '--output', 'json'])) as {
      create: { title: string }[]
    }
    for (const [at, { title }] of create.entries()) expect(stdout).toContain(`${at + 1}. ${title}\n`)
  })

  test('the account of the role may be another one than the registry’s, which then has a policy for it', async () => {
    const { stdout } = await call([...base, ...repositories, '--account', '210987654321'])
    expect(stdout).toContain('arn:aws:iam::210987654321:role/ci-push')
    expect(stdout).toContain(
      `aws ecr set-repository-policy --region ${example.region} --registry-id ${example.accountId}`,
    )
  })

  test('a managed identity has its credential in ARM', async () => {
    const { stdout } = await call([...base, '--client-kind', 'managed-identity', '--output', 'bicep'])
    expect(stdout).toContain('userAssignedIdentities/federatedIdentityCredentials@')
    expect(stdout).not.toContain('Microsoft.Graph')
  })

  test('tells all faults at once, and prints nothing', async () => {
    const args = [
      '--namespace',
      'CI',
      '--tenant-id',
      'contoso',
      '--images',
      'public.ecr.aws/x/y',
      '--images',
      'docker.io/x',
      '--account',
      '1',
    ]
    const { code, stdout, stderr } = await call(['print-trust', ...args])
    expect({ code, stdout }).toEqual({ code: 64, stdout: '' })
    for (const name of ['namespace', 'service-account', 'tenant-id', 'account']) expect(stderr).toContain(`--${name}`)
    expect(stderr.match(/--images \(host\)/g)).toHaveLength(2)
  })
})
