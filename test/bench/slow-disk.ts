import { mkdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** What a network volume gives, and less than any disk of today: two pushes from memory would only compare processors. */
export const bytesPerSecond = 250_000_000

/** A disk that reads slowly for this process and all that it starts, until it is disposed of. */
export type SlowDisk = AsyncDisposable & {
  /** Why it is as fast as ever; undefined when it is slow. */
  readonly unlimited: string | undefined
}

/**
 * Lets what lies on the disk of `folder` be read with `bytesPerSecond` only: by a control group of Linux, for which it takes root and a whole
 * disk (not a partition in version 1 of control groups). What is in the page cache stays fast.
 */
export async function slowDisk(folder: string): Promise<SlowDisk> {
  const { dev } = await stat(folder)
  const device = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  for (const { root, file, value } of hierarchies(device)) {
    const group = join(root, `tekton-entra-bench-${process.pid}`)
    try {
      await mkdir(group)
      await tell(join(group, file), value)
      await tell(join(group, 'cgroup.procs'), String(process.pid))
      return { unlimited: undefined, [Symbol.asyncDispose]: async () => await leave(root, group) }
    } catch {
      await rmdir(group).catch(() => undefined)
    }
  }
  return {
    unlimited: `no control group may slow down device ${device} here`,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** Documentation of the kernel: admin-guide/cgroup-v2 (io.max), admin-guide/cgroup-v1/blkio-controller. */
function hierarchies(device: string): readonly { root: string; file: string; value: string }[] {
  return [
    { root: '/sys/fs/cgroup', file: 'io.max', value: `${device} rbps=${bytesPerSecond}` },
    {
      root: '/sys/fs/cgroup/blkio',
      file: 'blkio.throttle.read_bps_device',
      value: `${device} ${bytesPerSecond}`,
    },
  ]
}

/** Writes what the kernel reads; where the kernel has no such file, none is made. */
async function tell(file: string, value: string): Promise<void> {
  await writeFile(file, value, { flag: 'r+' })
}

/** Back to where the group lies: its children have ended, so that it can go. */
async function leave(root: string, group: string): Promise<void> {
  await tell(join(root, 'cgroup.procs'), String(process.pid))
  const left = await readFile(join(group, 'cgroup.procs'), 'utf8')
  if (left.trim() !== '') throw new Error(`processes ${left.trim().replaceAll('\n', ' ')} still run in ${group}`)
  await rmdir(group)
}
