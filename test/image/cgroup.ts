import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const v1 = '/sys/fs/cgroup/memory'
const v2 = '/sys/fs/cgroup'

/** What the kernel says of a cgroup's memory, in bytes. */
export type MemoryUse = {
  readonly limit: number
  /** The most that was ever charged, page cache of files among it. */
  readonly peak: number
  /** What the processes hold themselves, and no file could give back. */
  readonly anonymous: number
}

/** Memory of the cgroup at `path`, by either version of the kernel's interface; undefined when there is no such cgroup. */
export function memoryOf(path: string): MemoryUse | undefined {
  const isV1 = existsSync(v1)
  const read = (name: string) => readFileSync(join(isV1 ? v1 : v2, path, name), 'utf8')
  const [limit, peak, anonymous] = isV1
    ? ['memory.limit_in_bytes', 'memory.max_usage_in_bytes', 'rss']
    : ['memory.max', 'memory.peak', 'anon']
  try {
    const held = new RegExp(`^${anonymous} (\\d+)$`, 'm').exec(read('memory.stat'))?.[1]
    return { limit: Number(read(limit ?? '')), peak: Number(read(peak ?? '')), anonymous: Number(held) }
  } catch {
    return undefined
  }
}
