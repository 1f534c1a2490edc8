import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { waitUntil } from './wait-until.ts'

/** Name of the control group that holds a cluster's pods: one for each state folder. */
export function controlGroupOf(state: string): string {
  return `tekton-entra-${createHash('sha256').update(state).digest('hex').slice(0, 8)}`
}

/** Where the hierarchies are mounted: those of version 1 and of version 2. */
export function hierarchies(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): readonly string[] {
  // Fields of proc(5): the fifth is the mount point; behind the dash comes the type.
  const places = mountinfo.split('\n').flatMap((line) => /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2? /.exec(line)?.[1] ?? [])
  return [...new Set(places)]
}

/** Makes the group in each hierarchy: the kubelet refuses a root that is not there; in that of version 2 beside others runc would make it. */
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
