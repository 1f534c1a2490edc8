import { cpus, release, totalmem, type } from 'node:os'

/** The machine that figures are of, in a line. */
export function machineName(): string {
  const all = cpus()
  const model = all[0]?.model.trim() ?? 'unknown'
  const memory = Math.round(totalmem() / 1024 ** 3)
  return `${all.length} × ${model}, ${memory} GiB, ${type()} ${release().replace(/-.*/, '')}, Node ${process.version.slice(1)}`
}
