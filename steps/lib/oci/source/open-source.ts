import { stat } from 'node:fs/promises'
import { stepError } from '../../core/errors.ts'
import type { ImageSource, SourceOptions } from '../image-source.ts'
import { openLayout } from './layout.ts'
import { errnoOf, outside, unreadable } from '../layout-fault.ts'
import { withPlatforms } from './platforms.ts'

export type { SourceOptions } from '../image-source.ts'

const reasons = {
  noPath: 'no path was given',
  absent: 'there is nothing',
  special: 'it is a device, pipe or socket',
} as const

/**
 * Opens what is at a real path: a folder as OCI layout, a file as OCI archive or docker archive, plain, gzip or zstd, told by content, never
 * by name. Who opens it closes it. Throws LAYOUT_* before anything is sent anywhere, or the reason of an abort.
 */
export async function openSource(path: string, options: SourceOptions): Promise<ImageSource> {
  if ((await kindOf(path)) === 'folder')
    return await withPlatforms(await openLayout(path, options.ref), options.platforms)
  // Loaded only where there is an archive: it brings a package.
  const { openArchive } = await import('./open-archive.ts')
  return await openArchive(path, options)
}

async function kindOf(path: string): Promise<'folder' | 'file'> {
  // stat('') is no error of a path everywhere: an unbound workspace must not become the working folder.
  if (path === '') throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.noPath })
  const stats = await stat(path).catch((error: unknown) => {
    const errno = errnoOf(error)
    if (errno !== 'ENOENT' && errno !== 'ENOTDIR') throw unreadable(path, error)
  })
  if (stats === undefined) throw stepError('LAYOUT_NOT_FOUND', { path, reason: reasons.absent })
  if (stats.isDirectory()) return 'folder'
  if (stats.isFile()) return 'file'
  throw outside(path, reasons.special)
}
