import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { addressPlan } from './address-plan.ts'
import type { Places } from './places.ts'
import { childrenOf, identify, type ProcessIdentity } from './process-identity.ts'
import { lastWords, mustRun, startDaemon } from './run-program.ts'
import { shellWord } from './shell-word.ts'
import { waitUntil } from './wait-until.ts'

/**
 * First process of the namespaces. Bash takes in orphans, as process 1 must (each pod leaves some). When it ends, the kernel ends all others
 * and drops mounts and network with them: so nothing is left even after a crash.
 */
const FIRST = 'trap "exit 0" TERM; while :; do sleep 86400 & wait $!; done'

/** Makes network, mount and process namespaces, and gives their first process. The machine's own see nothing of them. */
export async function makeNamespaces(places: Places): Promise<ProcessIdentity> {
  const flags = ['--net', '--mount', '--pid', '--fork', '--mount-proc', '--propagation', 'private']
  const outer = startDaemon({ name: 'namespaces', argv: ['unshare', ...flags, 'bash', '-c', FIRST] }, places.log)
  const first = await waitUntil(
    async () => {
      const [child] = childrenOf(outer)
      return child === undefined ? undefined : identify(child)
    },
    { what: 'namespaces of the cluster', seconds: 20, why: () => lastWords('namespaces', places.log) },
  )
  // `unshare` mounts /proc after the fork: it is there when bash has taken the process over.
  await waitUntil(
    async () => ((await mustRun(['cat', `/proc/${first.pid}/comm`])).trim() === 'bash' ? true : undefined),
    {
      what: 'first process of the namespaces',
      seconds: 20,
      why: () => lastWords('namespaces', places.log),
    },
  )
  return first
}

/** Which namespaces a program enters. Of the network: the cluster's, or, to be reached from this machine, the machine's own. */
export type Entry = { readonly network?: 'machine' }

/** The command line that runs a program inside. */
export function inside(first: ProcessIdentity, argv: readonly string[], { network }: Entry = {}): readonly string[] {
  const net = network === 'machine' ? [] : ['--net']
  // Not `ip netns exec`: that mounts /sys anew, and hides the control groups.
  return ['nsenter', '--target', String(first.pid), '--mount', '--pid', ...net, '--', ...argv]
}

/** What the machine has at these places stays as it is: inside, folders of the state folder cover them. */
const covered = ['/var/lib/kubelet', '/var/lib/cni', '/var/log/containers', '/var/log/pods'] as const

/** Settings of the whole machine that the kubelet would write. Inside, files cover them, with what it wants in them. */
const settings: Readonly<Record<string, string>> = {
  '/proc/sys/vm/overcommit_memory': '1',
  '/proc/sys/vm/panic_on_oom': '0',
  '/proc/sys/kernel/panic': '10',
  '/proc/sys/kernel/panic_on_oops': '1',
  '/proc/sys/kernel/keys/root_maxkeys': '1000000',
  '/proc/sys/kernel/keys/root_maxbytes': '25000000',
}

/** Makes the folders that are to be covered, where the machine lacks them; gives those made, for `down` to remove. */
export function makeCoveredFolders(): readonly string[] {
  const made: string[] = []
  const make = (folder: string): void => {
    if (existsSync(folder)) return
    make(dirname(folder))
    mkdirSync(folder)
    made.push(folder)
  }
  for (const folder of covered) make(folder)
  return made
}

/** Sets up mounts and network inside, in one go. */
export async function furnishNamespaces(first: ProcessIdentity, places: Places): Promise<void> {
  const script = ['set -eu', ...mounts(places), ...network].join('\n')
  await mustRun(inside(first, ['sh', '-s']), { input: script })
}

function mounts(places: Places): readonly string[] {
  const cover = covered.flatMap((path) => {
    const own = join(places.mounted, path.slice(1).replaceAll('/', '-'))
    return [`mkdir -p ${shellWord(own)}`, `mount --bind ${shellWord(own)} ${path}`]
  })
  const shadow = Object.entries(settings).flatMap(([path, value]) => {
    const own = join(places.mounted, path.slice('/proc/sys/'.length).replaceAll('/', '-'))
    return [`echo ${value} > ${shellWord(own)}`, `mount --bind ${shellWord(own)} ${path}`]
  })
  const folders = [places.mounted, places.temporary, places.volumes]
  return [
    // Sockets, locks and network namespaces of the pods: in memory, and gone with the mount namespace.
    'mount -t tmpfs -o mode=755 tmpfs /run',
    `mkdir -p ${folders.map(shellWord).join(' ')} /run/lock /run/netns`,
    ...cover,
    ...shadow,
    // What a pod's mounts are made from must reach the pod: kubelet and containerd ask for shared propagation.
    'mount --make-rshared /',
  ]
}

/** The node's address is on a bridge without ports (not every kernel has dummy devices), the default route too: the kubelet asks for one. */
const network = [
  'ip link set lo up',
  'ip link add node0 type bridge',
  `ip address add ${addressPlan.nodeRange} dev node0`,
  'ip link set node0 up',
  'ip route add default dev node0',
  'echo 1 > /proc/sys/net/ipv4/ip_forward',
]
