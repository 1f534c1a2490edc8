import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { stepError } from '../core/errors.ts'
import { errnoOf, outside, unreadable } from '../oci/layout-fault.ts'

const reasons = {
  absent: 'no such file or folder',
  leaves: 'it leads out of the workspace',
  loop: 'its links lead in a circle',
} as const

/**
 * A file or folder inside a workspace, links resolved. Who wrote the workspace may have put a link there that leads to what the pod holds
 * elsewhere. Throws LAYOUT_NOT_FOUND, LAYOUT_LINK_OUTSIDE, LAYOUT_UNREADABLE.
 */
export async function resolveInWorkspace(workspace: string, path: string): Promise<string> {
  const asked = join(workspace, path)
  const inside = await realPathOf(workspace, asked)
  const resolved = await realPathOf(asked, asked)
  if (resolved !== inside && !resolved.startsWith(inside + sep)) throw outside(asked, reasons.leaves)
  return resolved
}

async function realPathOf(path: string, asked: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR')
      throw stepError('LAYOUT_NOT_FOUND', { path: asked, reason: reasons.absent })
    // What may not be looked at is another fault than what is not there, and mended in another way.
    throw errno === 'ELOOP' ? outside(asked, reasons.loop) : unreadable(asked, error)
  }
}
