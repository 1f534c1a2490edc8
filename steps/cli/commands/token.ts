import type { SandboxConfig } from '../../../test/sandbox/config.ts'
import { CliError, exits } from '../cli-error.ts'
import { stateOption, type Command } from '../command.ts'
import { askOrThrow } from '../control-client.ts'
import { identityOf } from '../identity.ts'
import { print } from '../print.ts'
import { parseServiceAccount, type ServiceAccount } from '../service-account.ts'
import { requireSandbox, stateFolder } from '../state-folder.ts'
import { readTokenRequest } from '../token-request.ts'

/** `token`: a projected token of the running sandbox. */
export const tokenCommand: Command = {
  name: 'token',
  summary: 'Mint a projected service-account token, as the kubelet would put it into a pod.',
  usage: '[options]',
  positionals: { least: 0, most: 0 },
  options: {
    'service-account': { takes: 'NS/NAME', summary: 'Whose. Default: the first that a federated credential trusts.' },
    subject: { takes: 'SUB', summary: 'The same as `sub` spells it: system:serviceaccount:NS:NAME; or any text.' },
    audience: { takes: 'AUD', summary: 'Default: api://AzureADTokenExchange.' },
    'expires-in': { takes: 'TIME', summary: 'Life from now, such as 1h, 10m or 90s. Default: 1h.' },
    expired: { summary: 'A token of two hours ago that lived for one.' },
    'not-before': { takes: 'TIME', summary: 'Not valid before 2026-05-01T12:00:00Z, or 10m (from now).' },
    issuer: { takes: 'URL', summary: 'Default: the first issuer of the state.' },
    key: {
      takes: 'KEY',
      oneOf: ['right', 'other', 'forged'],
      summary: 'right; other: a key that the issuer does not publish; forged: such a key under the right `kid`.',
    },
    claim: { takes: 'NAME=VALUE', many: true, summary: 'Lay a claim over the others; JSON, or else a text.' },
    'without-claim': { takes: 'NAME', many: true, summary: 'Leave a claim out.' },
    state: stateOption,
  },
  details: [
    'The token goes to standard output. Only a terminal gets a line end after it: SDKs send what stands in a token file as it is.',
  ],
  examples: [
    'npx tekton-entra token --service-account ci/builder > token',
    'npx tekton-entra token --subject system:serviceaccount:ci:intruder --expired',
    `npx tekton-entra token --claim aud='["a","b"]' --without-claim nbf --key forged`,
  ],
  run: async (given, host) => {
    const request = readTokenRequest(given, Date.now())
    const sandbox = await requireSandbox(stateFolder(given.text('state'), host.env))
    const body = { ...(request.account ?? defaultAccount(sandbox.config)), ...request.rest }
    const { token } = await askOrThrow(sandbox, { method: 'POST', path: '/tokens', body })
    await print(host, `${String(token)}${host.stdout.isTTY ? '\n' : ''}`)
    return 0
  },
}

function defaultAccount(config: SandboxConfig): ServiceAccount {
  const account = parseServiceAccount(identityOf(config).serviceAccount ?? '')
  if (account !== undefined) return account
  throw new CliError(['no federated credential of this state trusts a service account'], {
    exit: exits.usage,
    remedy: 'say whose token it is: --service-account NAMESPACE/NAME',
  })
}
