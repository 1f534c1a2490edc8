import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Task, TaskVolume } from '../../../steps/lib/catalog/task.ts'
import { RefusedRun } from './refusal.ts'

/** Mints the projected token of a volume. */
export type MintToken = (request: { audience: string; expirationSeconds: number }) => Promise<string>

export type Volumes = {
  /** Folder that stands for a volume. */
  folder(name: string): string
  leftFiles(): Promise<{ path: string; text: string }[]>
}

type Mounting = {
  readonly scratch: string
  readonly substitute: (text: string) => string
  readonly mintToken: MintToken
  readonly configMaps: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Folders of this machine that stand for volumes by their names. */
  readonly folders: Readonly<Record<string, string>>
}

const isExitCode = /\/steps\/step-[^/]+\/exitCode$/

/** Makes a scratch folder for each volume; a projected token is laid out as the kubelet does: `token → ..data/token`. */
export async function mountVolumes(task: Task, mounting: Mounting): Promise<Volumes> {
  const volumesRoot = join(mounting.scratch, 'volumes')
  const folderOf = (name: string) => mounting.folders[name] ?? join(volumesRoot, name)
  const projected = new Set<string>()
  for (const volume of task.spec.volumes ?? []) {
    const folder = folderOf(mounting.substitute(volume.name))
    await mkdir(folder, { recursive: true })
    if (volume.projected !== undefined) projected.add(folder)
    await project(volume, folder, mounting)
  }
  for (const folder of ['steps', 'results']) await mkdir(join(mounting.scratch, folder), { recursive: true })
  return {
    folder: folderOf,
    // The projected token is there because the kubelet put it there, an exit code as Tekton writes it; everything else a step has left behind.
    leftFiles: async () =>
      await filesBelow(mounting.scratch, (path) => {
        return isExitCode.test(path) || [...projected].some((folder) => path.startsWith(folder))
      }),
  }
}

async function project(volume: TaskVolume, folder: string, mounting: Mounting): Promise<void> {
  const { substitute, mintToken } = mounting
  const sources = volume.projected?.sources ?? []
  const tokens = sources.flatMap(({ serviceAccountToken }) => serviceAccountToken ?? [])
  if (sources.length === 0) return
  await mkdir(join(folder, '..2026_01_01'), { recursive: true })
  await symlink('..2026_01_01', join(folder, '..data'))
  for (const serviceAccountToken of tokens) {
    const audience = substitute(serviceAccountToken.audience ?? '')
    const token = await mintToken({ audience, expirationSeconds: serviceAccountToken.expirationSeconds ?? 3600 })
    const name = serviceAccountToken.path ?? 'token'
    await put(folder, name, token)
  }
  for (const [path, text] of sources.flatMap((source) => configMapFiles(source, mounting)))
    await put(folder, path, text)
}

async function put(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, '..2026_01_01', name), text)
  await symlink(join('..data', name), join(folder, name))
}

type Source = NonNullable<NonNullable<TaskVolume['projected']>['sources']>[number]

function configMapFiles({ configMap }: Source, { substitute, configMaps }: Mounting): (readonly [string, string])[] {
  if (configMap === undefined) return []
  const name = substitute(configMap.name)
  const keys = configMaps[name]
  if (keys === undefined)
    throw new RefusedRun('CreateContainerConfigError', [`there is no ConfigMap ${name}: the pod would not start`])
  const items = configMap.items ?? Object.keys(keys).map((key) => ({ key, path: key }))
  return items.map(({ key, path }) => [path, keys[key] ?? ''] as const)
}

async function filesBelow(
  root: string,
  leaveOut: (path: string) => boolean,
): Promise<{ path: string; text: string }[]> {
  const found: { path: string; text: string }[] = []
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (leaveOut(path) || !(await lstat(path)).isFile()) continue
    found.push({ path: relative(root, path), text: await readFile(path, 'latin1') })
  }
  return found
}
