import { keptDockerConfig, keptKubeconfig, type KeptFile, type KeptFolder } from '../lib/federation/kept-files.ts'
import { readRegistries } from '../lib/federation/registry-entries.ts'
import type { InputsOf } from '../lib/step/define-step.ts'
import { openHandOver } from '../lib/step/hand-over.ts'
import type { Services } from '../lib/step/step-call.ts'
import { keptCluster } from './inputs.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>

/** The files that the inputs ask for, and where the command is told that they are. */
export type FilesOfRun = {
  readonly files: readonly KeptFile[]
  /** Values of the first step's results; empty is what is not kept. */
  readonly environment: Readonly<Record<'docker-config' | 'registry-auth-file' | 'kubeconfig', string>>
}

/** Folders of the hand-over volume, as the StepActions call them that write the same. */
const folders = { docker: 'docker', kube: 'kube' } as const

/** Opens the folders of the files that are kept; nothing is obtained yet. Throws HANDOVER_*, AWS_ACCOUNT_NOT_ALLOWED. */
export async function openKeptFiles(inputs: Inputs, services: Services): Promise<FilesOfRun> {
  const open = async (folder: string): Promise<KeptFolder> => await openHandOver({ ...inputs, folder }, services)
  const cluster = keptCluster(inputs)
  const docker = inputs.registries.length === 0 ? undefined : await open(folders.docker)
  const kube = cluster === undefined ? undefined : await open(folders.kube)
  return {
    files: [
      ...(docker === undefined ? [] : [dockerConfig(docker, inputs, services)]),
      ...(kube === undefined || cluster === undefined ? [] : [keptKubeconfig(kube, cluster)]),
    ],
    environment: {
      'docker-config': docker?.pathOf('').replace(/\/$/, '') ?? '',
      'registry-auth-file': docker?.pathOf('config.json') ?? '',
      kubeconfig: kube?.pathOf('config') ?? '',
    },
  }
}

function dockerConfig(folder: KeptFolder, inputs: Inputs, services: Services): KeptFile {
  return keptDockerConfig(folder, {
    registries: readRegistries(inputs, services.context),
    inputs: { ...inputs, access: inputs['registries-access'] },
    note: (text) => services.log.line('note', text),
  })
}
