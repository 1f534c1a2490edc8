import { startSandbox } from '../../test/sandbox/sandbox.ts'
import type { SandboxConfig } from '../../test/sandbox/config.ts'
import { mintingFault } from '../../test/sandbox/mint-token.ts'
import type { MintToken } from '../../test/sandbox/local-run/volumes.ts'
import { CliError, exits } from './cli-error.ts'
import { readClouds, readTextFile } from './clouds.ts'
import type { Given } from './command.ts'
import { askOrThrow } from './control-client.ts'
import type { Profile } from './profile-file.ts'
import type { ServiceAccount } from './service-account.ts'
import { runningSandbox, stateFolder } from './state-folder.ts'

/** Where a Task runs: the real clouds, a running sandbox, or one of its own. */
export type Place = AsyncDisposable & {
  /** State of the sandbox; absent on the real clouds. */
  readonly config?: SandboxConfig
  /** Keys of the profile that this place insists on. */
  readonly network: Profile
  readonly mintToken: (account: ServiceAccount) => MintToken
}

/** Options of `task` that do not go together, or lack their other half. */
export function placeFaults(given: Given): readonly string[] {
  const isReal = given.flag('real')
  const ways = ['real', 'fresh', 'config', 'state'].filter((name) => given.texts(name).length > 0)
  const tokenFile = given.text('token-file')
  return [
    ...(ways.length > 1 ? [`${ways.map((name) => `--${name}`).join(' and ')} are different places: give one`] : []),
    ...(isReal && tokenFile === undefined ? ['--real needs --token-file FILE: the projected token'] : []),
    ...(!isReal && tokenFile !== undefined ? ['--token-file is for --real: the sandbox mints tokens itself'] : []),
  ]
}

/** Opens the place that the options name. */
export async function openPlace(given: Given, host: NodeJS.Process): Promise<Place> {
  const tokenFile = given.text('token-file')
  if (tokenFile !== undefined) return await realPlace(tokenFile)
  const config = given.text('config')
  if (config !== undefined || given.flag('fresh')) return await ownPlace(await readClouds(config))
  return await runningPlace(stateFolder(given.text('state'), host.env))
}

/** A second token, for AWS itself, and the audience by which the Task asks for it. */
export type AwsToken = { readonly file: string; readonly audience: string }

/** The real clouds, with a token from a file; one for AWS from another, where there is one. */
export async function realPlace(tokenFile: string, aws?: AwsToken): Promise<Place> {
  // Now, so that a wrong name is told before anything starts; then anew for each volume, as it may have been renewed.
  for (const file of [tokenFile, ...(aws === undefined ? [] : [aws.file])]) await readTextFile(file)
  return {
    network: {},
    mintToken:
      () =>
      async ({ audience }) =>
        (await readTextFile(aws?.audience === audience ? aws.file : tokenFile)).trim(),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function ownPlace(config: SandboxConfig): Promise<Place> {
  const fault = mintingFault(config, {})
  if (fault !== undefined) throw new CliError([fault], { remedy: '--real --token-file FILE, or a state without it' })
  const sandbox = await startSandbox(config)
  return {
    config,
    network: networkKeys(sandbox.proxyUrl, sandbox.caPem),
    mintToken:
      (account) =>
      async ({ audience, expirationSeconds }) =>
        sandbox.mintToken({ ...account, audience, expiresInSeconds: expirationSeconds }),
    [Symbol.asyncDispose]: async () => await sandbox.close(),
  }
}

async function runningPlace(folder: string): Promise<Place> {
  const sandbox = await runningSandbox(folder)
  if (sandbox === undefined) {
    throw new CliError([`no sandbox is running in ${folder}`], {
      exit: exits.unavailable,
      remedy: 'npx tekton-entra sandbox in another shell; or --fresh or --config FILE for clouds of its own; or --real',
    })
  }
  return {
    config: sandbox.config,
    network: networkKeys(sandbox.proxy, sandbox.caPem),
    mintToken:
      (account) =>
      async ({ audience, expirationSeconds }) => {
        const body = { ...account, audience, expiresInSeconds: expirationSeconds }
        return String((await askOrThrow(sandbox, { method: 'POST', path: '/tokens', body }))['token'])
      },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** `no-proxy` is emptied: an entry of a real profile would open a way around the sandbox. */
function networkKeys(proxy: string, caPem: string): Profile {
  return { 'https-proxy': proxy, 'no-proxy': '', 'ca.crt': caPem }
}
