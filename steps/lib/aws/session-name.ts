import { createHash } from 'node:crypto'

/** RoleSessionName: 2 to 64 of `[\w+=,.@-]` (AWS STS API reference). */
const longest = 64

/**
 * The role session's name, from which CloudTrail is joined to the TaskRun: `<namespace>.<TaskRun>`. What STS does not allow
 * becomes `-`; a name that is too long is cut and ends in eight hex digits of its SHA-256, so that it stays unique.
 */
export function sessionName(namespace: string, taskRun: string): string {
  const whole = [namespace, taskRun].filter((part) => part !== '').join('.') || 'tekton-entra'
  const allowed = whole.replace(/[^\w+=,.@-]/g, '-')
  if (allowed === whole && allowed.length <= longest && allowed.length >= 2) return allowed
  const hash = createHash('sha256').update(whole).digest('hex').slice(0, 8)
  return `${allowed.slice(0, longest - hash.length - 1)}-${hash}`
}
