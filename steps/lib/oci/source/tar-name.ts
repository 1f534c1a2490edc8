import { outside } from '../layout-fault.ts'

const reasons = {
  leads: 'its name leads out of the archive',
  control: 'its name holds control characters, or bytes that are no UTF-8',
  long: 'its name is longer than 4096 bytes',
  linkLeads: (target: string) => `it is a link to ${target}`,
} as const

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const control = /[\u0000-\u001f\u007f\ufffd]/

/**
 * An entry's name without `./`, doubled and trailing slashes; '' for the archive's own root. A name that climbs or is absolute would be
 * another file for whoever unpacks the archive: throws LAYOUT_LINK_OUTSIDE.
 */
export function entryName(raw: string): string {
  const shown = JSON.stringify(raw.slice(0, 200))
  if (raw.length > 4096) throw outside(shown, reasons.long)
  if (control.test(raw)) throw outside(shown, reasons.control)
  if (raw.split('/').includes('..')) throw outside(shown, reasons.leads)
  return normal(raw, []) ?? refuse(shown, reasons.leads)
}

/** The name of the entry that a link leads to. A symbolic link starts where it lies, a hard link at the archive's root. Throws LAYOUT_LINK_OUTSIDE. */
export function linkTarget(name: string, target: string, kind: 'hard' | 'symbolic'): string {
  if (kind === 'hard') return entryName(target)
  const found = control.test(target) || target.length > 4096 ? undefined : normal(target, name.split('/').slice(0, -1))
  return found ?? refuse(name, reasons.linkLeads(target))
}

/** Undefined when the path is absolute, or climbs out of the archive's root. */
function normal(path: string, folder: readonly string[]): string | undefined {
  if (path.startsWith('/')) return undefined
  const parts = [...folder]
  for (const part of path.split('/')) {
    if (part === '..' && parts.pop() === undefined) return undefined
    if (part !== '..' && part !== '.' && part !== '') parts.push(part)
  }
  return parts.join('/')
}

function refuse(file: string, reason: string): never {
  throw outside(file, reason)
}
