import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closeWithoutCrashes } from '../sandbox/close-without-crashes.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import type { MintTokenOptions } from '../sandbox/mint-token.ts'
import { AUTHORIZATION_LEAK } from '../sandbox/registry/blob-hosts.ts'
import { closeRegistries } from '../sandbox/registry/state.ts'
import { startSandbox } from '../sandbox/sandbox.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'

/** How a program ended. */
export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string }

type Variables = Readonly<Record<string, string>>

/** The sandbox, and children that reach it by a proxy and a CA file alone. */
export type ForeignCloud = AsyncDisposable & {
  readonly sandbox: Sandbox
  /** A scratch folder that goes away with the sandbox. */
  readonly folder: string
  /** Runs a program with an environment made from nothing; never rejects. */
  run(program: string, args: readonly string[], variables?: Variables): Promise<Ended>
  /** Runs a program that prints one JSON object. */
  ask(program: string, args: readonly string[], variables?: Variables): Promise<Readonly<Record<string, unknown>>>
  /** The `AZURE_*` variables of a pod with a projected token of the example's service account, or of another. */
  azure(token?: Partial<MintTokenOptions>): Promise<Variables>
  /** The `AWS_*` variables of a pod that has this Entra token in a file. */
  aws(entraToken: string): Promise<Variables>
  /** Ends the sandbox; fails when a stand-in threw, or when a registry credential went to a blob host. */
  close(): Promise<void>
}

/** Starts the sandbox for clients that nobody here wrote, in the example's state or in another with the same names. */
export async function startForeignCloud(config: SandboxConfig = exampleCloud()): Promise<ForeignCloud> {
  const sandbox = await startSandbox(config)
  const folder = await mkdtemp(join(tmpdir(), 'foreign-'))
  const base = await clientEnvironment(sandbox, folder)
  const close = async (): Promise<void> => {
    await closeWithoutCrashes(sandbox)
    await closeRegistries(sandbox.world)
    await rm(folder, { recursive: true, force: true })
    const leak = sandbox.journal.entries.find(({ refused }) => refused === AUTHORIZATION_LEAK)
    if (leak !== undefined) throw new Error(`a client sent its registry credential to ${leak.host}`)
  }
  const run: ForeignCloud['run'] = (program, args, variables = {}) =>
    runProgram(program, args, { ...base, ...variables })
  let files = 0
  const store = async (text: string): Promise<string> => {
    files += 1
    const file = join(folder, `token-${files}`)
    // No newline: the SDK for JavaScript would send it along.
    await writeFile(file, text, { mode: 0o600 })
    return file
  }
  return {
    sandbox,
    folder,
    run,
    ask: async (program, args, variables) => readAnswer(await run(program, args, variables)),
    azure: async (token = {}) => {
      const { namespace, serviceAccount } = example
      const file = await store(sandbox.mintToken({ namespace, serviceAccount, ...token }))
      return {
        AZURE_TENANT_ID: example.tenantId,
        AZURE_CLIENT_ID: example.clientId,
        AZURE_FEDERATED_TOKEN_FILE: file,
      }
    },
    aws: async (entraToken) => ({
      AWS_REGION: example.region,
      // Python's SDK knows only this name.
      AWS_DEFAULT_REGION: example.region,
      AWS_ROLE_ARN: example.roleArn,
      AWS_WEB_IDENTITY_TOKEN_FILE: await store(entraToken),
      // The default chains end at the machine's own metadata address, which no proxy sees.
      AWS_EC2_METADATA_DISABLED: 'true',
    }),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What clients that nobody here wrote reach a sandbox by. Each vendor's has a CA variable of its own; a client gets all of them. */
export async function clientEnvironment(sandbox: Sandbox, folder: string): Promise<Variables> {
  const home = join(folder, 'home')
  await mkdir(home)
  const ca = await sandbox.caFile(folder)
  return {
    PATH: '/usr/bin:/bin',
    HOME: home,
    ...sandbox.environment(),
    NODE_EXTRA_CA_CERTS: ca,
    SSL_CERT_FILE: ca,
    REQUESTS_CA_BUNDLE: ca,
    AWS_CA_BUNDLE: ca,
  }
}

/** Runs a program with exactly these variables; never rejects. */
export function runProgram(program: string, args: readonly string[], env: Variables): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(
      program,
      args,
      { env, timeout: 50_000, maxBuffer: 16 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
        resolve({ code, stdout, stderr })
      },
    )
    // Some would read on for as long as there may come something.
    child.stdin?.end()
  })
}

function readAnswer({ code, stdout, stderr }: Ended): Readonly<Record<string, unknown>> {
  if (code !== 0) throw new Error(`the program ended with ${code}: ${stderr}`)
  const answer: unknown = JSON.parse(stdout)
  if (typeof answer !== 'object' || answer === null) throw new Error('the program printed no JSON object')
  return { ...answer }
}
