/** How a container is to be run; what `run-in-container.ts` reads from a file. */
export type ContainerSpec = {
  /** Path of runc. */
  readonly runc: string
  readonly rootfs: string
  /** Folder for runc's own files, and for `memory`. */
  readonly state: string
  readonly uid: number
  readonly gid: number
  readonly memoryLimit: number
  /** Variables of the image. */
  readonly env: readonly string[]
  /** What the container starts, before the arguments of the step. */
  readonly command: readonly string[]
}

/** What a container gets of this machine: each folder at its own path. */
export type Binds = { readonly writable: readonly string[]; readonly readOnly: readonly string[] }

/** What is started inside. */
export type Inside = { readonly args: readonly string[]; readonly env: readonly string[]; readonly binds: Binds }

/**
 * runc's configuration (OCI runtime-spec, config.md) for a container as Pod Security `restricted` has it, but for its seccomp profile: read-only
 * root, no capability, no new privileges, no device. The network is the machine's, whose loopback has the sandbox.
 */
export function runtimeConfig(spec: ContainerSpec, { args, env, binds }: Inside, cgroup: string): object {
  const none: readonly string[] = []
  return {
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid: spec.uid, gid: spec.gid },
      args: [...spec.command, ...args],
      env: [...spec.env, ...env],
      cwd: '/',
      noNewPrivileges: true,
      capabilities: { bounding: none, effective: none, permitted: none, inheritable: none, ambient: none },
    },
    root: { path: spec.rootfs, readonly: true },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755'] },
      ...binds.writable.map((path) => bind(path, 'rw')),
      ...binds.readOnly.map((path) => bind(path, 'ro')),
    ],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      cgroupsPath: cgroup,
      resources: { devices: [{ allow: false, access: 'rwm' }], memory: { limit: spec.memoryLimit } },
      maskedPaths: ['/proc/kcore', '/proc/keys', '/proc/timer_list', '/proc/sched_debug'],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  }
}

function bind(path: string, mode: 'rw' | 'ro') {
  return { destination: path, type: 'bind', source: path, options: ['rbind', mode, 'nosuid', 'nodev'] }
}
