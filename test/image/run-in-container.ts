import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { memoryOf, type MemoryUse } from './cgroup.ts'
import { runtimeConfig, type ContainerSpec } from './runtime-config.ts'

// The local run starts this in the place of the image's program: `node run-in-container.ts <spec.json> <step> …`. Arguments, environment and
// exit code are the container's. It stands for the kubelet: the current folder holds the pod's volumes, and is made writable for every uid.
const [specFile = '', ...args] = process.argv.slice(2)
const spec: ContainerSpec = JSON.parse(readFileSync(specFile, 'utf8'))
const scratch = process.cwd()
const token = dirname(process.env['TOKEN_FILE'] ?? scratch)
const workspace = process.env['WORKSPACE_SOURCE'] ?? ''

openFolders(scratch)
const bundle = mkdtempSync(join(spec.state, 'bundle-'))
const id = `tekton-entra-${basename(bundle)}`
const binds = { writable: [scratch], readOnly: [token, ...(workspace === '' ? [] : [workspace])] }
// What the local run says for this machine in the place of the image is said by the image itself.
const given = Object.entries(process.env).filter(([name]) => name !== 'PROGRAMS_PATH')
const env = given.map(([name, value]) => `${name}=${value}`)
writeFileSync(join(bundle, 'config.json'), JSON.stringify(runtimeConfig(spec, { args, env, binds }, `/${id}`)))

const files = ['--root', join(spec.state, 'runc'), 'run', '--bundle', bundle, id]
const child = spawn(spec.runc, files, { stdio: ['ignore', 'inherit', 'inherit'], env: { PATH: '/usr/sbin:/usr/bin' } })
let seen: MemoryUse = { limit: 0, peak: 0, anonymous: 0 }
const watch = setInterval(() => {
  const now = memoryOf(id)
  if (now !== undefined) seen = { ...now, anonymous: Math.max(now.anonymous, seen.anonymous) }
}, 20)
child.on('close', (code, signal) => {
  clearInterval(watch)
  writeFileSync(join(spec.state, 'memory'), JSON.stringify(seen))
  process.exitCode = code ?? (signal === null ? 1 : 128)
})

/** What an emptyDir is: anyone's to write. The projected token stays readable only. */
function openFolders(folder: string): void {
  chmodSync(folder, 0o777)
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) chmodSync(join(entry.parentPath, entry.name), 0o777)
  }
}
