import { join } from 'node:path'
import { quoted } from '../../test/sandbox/control/client-environment.ts'
import type { SandboxDescription } from '../../test/sandbox/control/description.ts'
import { createLog } from '../lib/step/log.ts'
import { identityOf } from './identity.ts'

/** Says how clients are pointed at the sandbox, in lines to paste. */
export function tellClients(host: NodeJS.Process, sandbox: SandboxDescription): void {
  // Lines to paste are not to be broken.
  const log = createLog((text) => host.stderr.write(text), Infinity)
  const hosts = Object.values(sandbox.hosts).flat()
  log.line('ready', `the clouds answer through ${sandbox.proxy}, and end with Ctrl-C`)
  log.line('hosts', hosts.join(' '))
  log.line('shell', `. ${quoted(join(sandbox.state, 'env.sh'))}`)
  for (const [who, how] of hintsFor(sandbox)) log.line(who, how)
}

function hintsFor({ caFile, proxy, config }: SandboxDescription): readonly (readonly [string, string])[] {
  const {
    serviceAccount = '<namespace>/<name>',
    tenantId = '<tenant>',
    clientId = '<client id>',
    ...aws
  } = identityOf(config)
  const region = config.accounts[0]?.repositories[0]?.region ?? '<region>'
  const token = `npx tekton-entra token --service-account ${serviceAccount}`
  return [
    ['token', token],
    [
      'az',
      `az login --service-principal --tenant ${tenantId} -u ${clientId} --allow-no-subscriptions --federated-token "$(${token})"`,
    ],
    [
      'SDKs',
      `${token} > token; export AZURE_TENANT_ID=${tenantId} AZURE_CLIENT_ID=${clientId} AZURE_FEDERATED_TOKEN_FILE=$PWD/token`,
    ],
    [
      'aws',
      `export AWS_ROLE_ARN=${aws.roleArn ?? '<role>'} AWS_DEFAULT_REGION=${region} AWS_WEB_IDENTITY_TOKEN_FILE=<file with an Entra token for ${aws.tokenResource ?? 'the role'}>`,
    ],
    ['Go', 'crane, oras, skopeo, Terraform: the shell line is enough (on macOS the CA must go into the keychain)'],
    [
      'docker',
      `its daemon asks, not the client: HTTPS_PROXY=${proxy} for dockerd, and ${caFile} as /etc/docker/certs.d/<registry>/ca.crt`,
    ],
    ['Task', 'npx tekton-entra task push-image --param image=… --workspace source=DIR'],
    ['more', 'npx tekton-entra log --follow; npx tekton-entra fault add --help'],
  ]
}
