import { text as textOf } from 'node:stream/consumers'
import { inject, type TestContext } from 'vitest'
import { ask, open, type ControlAddress } from '../../../steps/cli/control-client.ts'
import type { TimedEntry } from '../../sandbox/control/watched-journal.ts'
import type { JsonFaultRule } from '../../sandbox/control/switched-faults.ts'
import { kubectlOf, type Kubectl } from '../kubectl.ts'

/** Namespaces of one run of the suite, by what they are for. All but `build` enforce Pod Security `restricted`. */
export type Namespaces = {
  /** Where `builder` may push. */
  readonly ci: string
  /** Where it may, too, and where images may be built as root: Pod Security `baseline`. */
  readonly build: string
  /** Where the same account has no trust. */
  readonly other: string
  /** Where the clouds are. */
  readonly sandbox: string
}

/** What setup.ts has made, as the tests' processes get it. */
export type Stage = {
  /** What every command line of kubectl begins with. */
  readonly program: readonly string[]
  readonly tekton: string | undefined
  readonly images: { readonly steps: string; readonly suite: string }
  readonly issuer: string
  readonly namespaces: Namespaces
  readonly sandbox: {
    readonly proxy: string
    readonly caPem: string
    readonly controlUrl: string
    readonly controlToken: string
  }
}

declare module 'vitest' {
  interface ProvidedContext {
    /** What the suite stands on, or why there is nothing to stand on. */
    stage: Stage | { readonly no: string }
  }
}

/** Skips the running test where there is no cluster. */
export function skipWithoutStage({ skip }: Pick<TestContext, 'skip'>): void {
  const there = inject('stage')
  if ('no' in there) skip(there.no)
}

/** Skips the running test where there is no cluster, or one without Tekton. */
export function skipWithoutTekton(context: Pick<TestContext, 'skip'>): void {
  skipWithoutStage(context)
  if (stage().tekton === undefined) context.skip('no Tekton: no release of it is at hand')
}

/** Whether there is a cluster, with Tekton. */
export function hasTekton(): boolean {
  const there = inject('stage')
  return !('no' in there) && there.tekton !== undefined
}

/** The stage; throws where there is none. */
export function stage(): Stage {
  const there = inject('stage')
  if ('no' in there) throw new Error(there.no)
  return there
}

/** The cluster's kubectl. */
export function kubectl(): Kubectl {
  return kubectlOf(stage().program)
}

/** The control address of the sandbox in the cluster. */
export function controlAddress(): ControlAddress {
  const { controlUrl, controlToken } = stage().sandbox
  return { control: { url: controlUrl }, controlToken }
}

type Method = 'GET' | 'POST' | 'DELETE'

/** Asks the control address of the sandbox in the cluster; throws with what it refused. */
export async function askSandbox(method: Method, path: string, body?: unknown): Promise<unknown> {
  const { status, json } = await ask(controlAddress(), { method, path, ...(body === undefined ? {} : { body }) })
  if (status !== 200) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`)
  return json
}

/** Switches a fault on for as long as a test lasts. Its rule must name what no other test asks for: they share the clouds. */
export async function withFault<T>(rule: JsonFaultRule, during: () => Promise<T>): Promise<T> {
  return await withFaults([rule], during)
}

/** The same for several; of those that befall one request the first counts. */
export async function withFaults<T>(rules: readonly JsonFaultRule[], during: () => Promise<T>): Promise<T> {
  const { ids } = (await askSandbox('POST', '/faults', rules)) as { readonly ids: readonly string[] }
  try {
    return await during()
  } finally {
    for (const id of ids) await askSandbox('DELETE', `/faults/${id}`)
  }
}

/** What the clouds were asked for that holds a text in its path, oldest first. */
export async function journalOf(text: string): Promise<readonly TimedEntry[]> {
  const answer = await open(controlAddress(), { method: 'GET', path: '/journal' })
  const lines = (await textOf(answer)).split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as TimedEntry).filter(({ path }) => path.includes(text))
}

/** What a registry of the clouds holds in one repository. */
export type Contents = { readonly tags: Readonly<Record<string, string>>; readonly openUploads: number }

/** Tags with their digests, and uploads that nobody has ended; nothing where the repository is not there. */
export async function contentsOf(host: string, repository: string): Promise<Contents> {
  const query = new URLSearchParams({ host, repository }).toString()
  const { registries } = (await askSandbox('GET', `/repositories?${query}`)) as {
    readonly registries: readonly { readonly repositories: readonly Contents[] }[]
  }
  return registries[0]?.repositories[0] ?? { tags: {}, openUploads: 0 }
}

/** Tag → digest in a repository of the clouds. */
export async function tagsOf(host: string, repository: string): Promise<Contents['tags']> {
  return (await contentsOf(host, repository)).tags
}
