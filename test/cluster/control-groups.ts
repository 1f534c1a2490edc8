import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from './wait-until.ts'

/** Name of the control group that holds a cluster's pods: one for each state folder. */
export function controlGroupOf(state: string): string {
  return `tekton-entra-${createHash('sha256').update(state).digest('hex').slice(0, 8)}`
}

/** Where the hierarchies are mounted: many of version 1, or the one of version 2. */
export function hierarchies(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): readonly string[] {
  // Fields of proc(5): the fifth is the mount point; behind the dash comes the type.
  const mounts = mountinfo.split('\n').flatMap((line) => {
    const [, place, type] = /^\S+ \S+ \S+ \S+ (\S+) .* - (\S+) /.exec(line) ?? []
    return place === undefined ? [] : [{ place, type }]
  })
  const first = mounts.filter(({ type }) => type === 'cgroup').map(({ place }) => place)
  // Beside hierarchies of version 1 nobody uses one of version 2.
  return first.length > 0 ? first : mounts.filter(({ type }) => type === 'cgroup2').map(({ place }) => place)
}

/** Makes the group in each hierarchy: the kubelet refuses a root that is not there. */
export function makeControlGroups(name: string): void {
  for (const place of hierarchies()) mkdirSync(join(place, name), { recursive: true })
}

/** Removes the group with all that pods left below it, once their processes are gone. */
export async function removeControlGroups(name: string): Promise<void> {
  const groups = hierarchies().map((place) => join(place, name))
  await waitUntil(async () => (groups.map(removeGroup).every(Boolean) ? true : undefined), {
    what: `removing the control groups ${name}`,
    seconds: 30,
  })
}

/** Whether the group is gone; one that still has processes is not. */
function removeGroup(path: string): boolean {
  if (!existsSync(path)) return true
  const inner = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  if (!inner.map(({ name }) => removeGroup(join(path, name))).every(Boolean)) return false
  try {
    rmdirSync(path)
    return true
  } catch {
    return false
  }
}
