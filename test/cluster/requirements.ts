import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { CliError, exits } from '../../steps/cli/cli-error.ts'
import { PATH } from './run-program.ts'

/** Programs that a cluster is made of or with, and the Debian package of each. */
const packages: Readonly<Record<string, string>> = {
  etcd: 'etcd-server',
  containerd: 'containerd',
  ctr: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  iptables: 'iptables',
  conntrack: 'conntrack',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
}

/** What keeps a cluster from being made here, one a line; empty when nothing does. */
export function missingHere(environment: NodeJS.ProcessEnv): readonly string[] {
  if (process.platform !== 'linux') return [`the cluster runs on Linux; this is ${process.platform}`]
  const root = process.getuid?.() === 0 ? [] : ['the cluster needs root: it makes namespaces and mounts']
  const absent = absentPrograms()
  const programs = absent.length === 0 ? [] : [`not installed: ${absent.join(', ')}`]
  return [...root, ...programs, ...(hasProgram('go', environment['PATH']) ? [] : ['no go on PATH'])]
}

/** Throws a `CliError` that says all that is missing, and the line that installs it. */
export function requireAll(environment: NodeJS.ProcessEnv): void {
  const missing = missingHere(environment)
  if (missing.length === 0) return
  const names = [...new Set(absentPrograms().map((program) => packages[program] ?? program))]
  const install = `apt-get install --no-install-recommends ${names.join(' ')}`
  throw new CliError(missing, { exit: exits.unavailable, ...(names.length === 0 ? {} : { remedy: install }) })
}

function absentPrograms(): readonly string[] {
  return Object.keys(packages).filter((program) => !hasProgram(program, PATH))
}

function hasProgram(program: string, path = ''): boolean {
  const places = program.startsWith('/') ? [program] : path.split(delimiter).map((folder) => join(folder, program))
  return places.some(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
