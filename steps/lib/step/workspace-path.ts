import { realpath } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { stepError } from '../core/errors.ts'

/**
 * A file or folder inside a workspace, links resolved. Who wrote the workspace may have put a link there that leads to what the pod holds
 * elsewhere. Throws LAYOUT_NOT_FOUND, LAYOUT_LINK_OUTSIDE.
 */
export async function resolveInWorkspace(workspace: string, path: string): Promise<string> {
  const asked = join(workspace, path)
  const [inside, resolved] = await Promise.all([workspace, asked].map(realPathOf))
  if (inside === undefined || resolved === undefined)
    throw stepError('LAYOUT_NOT_FOUND', { path: asked, reason: 'no such file or folder' })
  if (resolved !== inside && !resolved.startsWith(inside + sep)) {
    throw stepError('LAYOUT_LINK_OUTSIDE', { file: asked, reason: 'it leads out of the workspace' })
  }
  return resolved
}

async function realPathOf(path: string): Promise<string | undefined> {
  return await realpath(path).catch(() => undefined)
}
