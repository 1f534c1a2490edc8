import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { hierarchies } from './control-groups.ts'
import { PATH, runProgram } from './run-program.ts'

/** What a cluster could leave on a machine, by kind: each a sorted list, so that what differs is seen. */
export type Traces = Readonly<Record<string, readonly string[]>>

/** What comes and goes on a machine that does other work: that some of it has gone is nobody's trace. */
const passing = new Set(['processes', 'namespaces', 'controlGroups'])

/** What is there now and was not before, and what is gone and should not be: as `+` and `-` lines. */
export function differences(before: Traces, now: Traces): readonly string[] {
  return Object.entries(now).flatMap(([kind, entries]) => {
    const earlier = before[kind] ?? []
    const added = entries.filter((entry) => !earlier.includes(entry)).map((entry) => `+ ${kind}: ${entry}`)
    const gone = earlier.filter((entry) => !entries.includes(entry)).map((entry) => `- ${kind}: ${entry}`)
    return passing.has(kind) ? added : [...added, ...gone]
  })
}

/** Looks at the machine. */
export async function lookForTraces(): Promise<Traces> {
  return {
    processes: clusterProcesses(),
    namespaces: namespacesInUse(),
    mounts: mountPoints(),
    controlGroups: hierarchies().flatMap((place) => foldersBelow(place)),
    files: [...pathsBelow('/', 1), ...places.flatMap((place) => pathsBelow(place, 3))],
    settings: settings.map((path) => `${path} ${readFileSync(path, 'utf8').trim()}`),
    packetFilter: [...(await linesOf(['iptables-save'])), ...(await linesOf(['iptables-legacy-save']))],
    network: (await Promise.all(networkViews.map((view) => linesOf(['ip', ...view])))).flat(),
  }
}

const networkViews = [['-o', 'link'], ['-o', 'address'], ['route'], ['rule'], ['netns']] as const
const places = ['/etc', '/opt', '/run', '/usr/libexec', '/var/lib', '/var/log', '/var/run'] as const
const settings = [
  '/proc/sys/kernel/panic',
  '/proc/sys/kernel/panic_on_oops',
  '/proc/sys/vm/overcommit_memory',
  '/proc/sys/net/ipv4/ip_forward',
  '/proc/sys/net/netfilter/nf_conntrack_max',
] as const

const programs = /^(etcd|containerd|kube|idle$|nsenter|unshare|runc)/

/** Names of processes that a cluster is made of. */
function clusterProcesses(): readonly string[] {
  return processIds()
    .map((pid) => readOr(`/proc/${pid}/comm`).trim())
    .filter((name) => programs.test(name))
    .toSorted()
}

function namespacesInUse(): readonly string[] {
  const kinds = ['net', 'mnt', 'pid'] as const
  const found = processIds().flatMap((pid) => kinds.map((kind) => linkOr(`/proc/${pid}/ns/${kind}`)))
  return [...new Set(found)].filter((name) => name !== '').toSorted()
}

function mountPoints(): readonly string[] {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
  return lines.map((line) => line.split(' ')[4] ?? '').toSorted()
}

function processIds(): readonly string[] {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
}

function foldersBelow(folder: string): readonly string[] {
  const inner = entriesOf(folder).filter((entry) => entry.isDirectory())
  return inner.flatMap(({ name }) => [join(folder, name), ...foldersBelow(join(folder, name))]).toSorted()
}

function pathsBelow(folder: string, depth: number): readonly string[] {
  if (depth === 0) return []
  return entriesOf(folder)
    .flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? [path, ...pathsBelow(path, depth - 1)] : [path]
    })
    .toSorted()
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch {
    // Gone while we looked, or not on this machine.
    return []
  }
}

/** Without comments and counters, which differ from one look to the next. */
async function linesOf(argv: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await runProgram(argv, { env: { PATH } })
  const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => line.replace(/ \[\d+:\d+\]$/, ''))
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return ''
  }
}
