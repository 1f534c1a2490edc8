import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { IDLE_IMAGE } from './address-plan.ts'
import { mustRun } from './run-program.ts'

/** Go's names of the platforms that the project knows. */
const architectures: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' }

/** Writes an image that holds one static program as `/idle`, in the form of `docker save`. No engine is needed for that. */
export async function writeIdleImage(program: string, archive: string): Promise<void> {
  const work = mkdtempSync(join(dirname(archive), 'image-'))
  try {
    mkdirSync(join(work, 'root'))
    cpSync(program, join(work, 'root', 'idle'))
    await pack(join(work, 'layer.tar'), join(work, 'root'), ['idle'])
    const config = {
      architecture: architectures[process.arch] ?? process.arch,
      os: 'linux',
      // A number: Kubernetes cannot tell of a name whether it is root's.
      config: { User: '65532:65532', Entrypoint: ['/idle'] },
      rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(join(work, 'layer.tar'))}`] },
    }
    const manifest = [{ Config: 'config.json', RepoTags: [IDLE_IMAGE], Layers: ['layer.tar'] }]
    writeFileSync(join(work, 'config.json'), JSON.stringify(config))
    writeFileSync(join(work, 'manifest.json'), JSON.stringify(manifest))
    await pack(archive, work, ['manifest.json', 'config.json', 'layer.tar'])
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

async function pack(archive: string, folder: string, names: readonly string[]): Promise<void> {
  const sameEverywhere = ['--owner=0', '--group=0', '--numeric-owner', '--mtime=@0']
  await mustRun(['tar', '-C', folder, ...sameEverywhere, '-cf', archive, ...names])
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
