import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { wideCloud } from '../hand-over/clouds.ts'
import { memory, runOnce, type Params, type Variation } from '../hand-over/front-door.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { startForeignCloud, type ForeignCloud } from './cloud.ts'

/** The clouds, and what our StepActions hand over there to clients that nobody here wrote. */
export type HandedOver = AsyncDisposable & {
  readonly cloud: ForeignCloud
  /** A folder on memory that goes away with the clouds. */
  readonly scratch: string
  /** Runs a StepAction and gives its hand-over volume; throws with what it said when it failed. */
  handOver(stepAction: string, params: Params, variation?: Variation): Promise<string>
}

/** Opens the clouds of `test/hand-over`, or others. */
export async function openHandedOver(config: SandboxConfig = wideCloud()): Promise<HandedOver> {
  const cloud = await startForeignCloud(config)
  const scratch = await mkdtemp(join(memory, 'tekton-entra-foreign-'))
  return {
    cloud,
    scratch,
    handOver: async (stepAction, params, variation = {}) => {
      const volume = await mkdtemp(join(scratch, 'volume-'))
      const { step } = await runOnce(cloud.sandbox, volume, { stepAction, params, variation })
      if (step.status !== 0) throw new Error(step.stderr)
      return volume
    },
    [Symbol.asyncDispose]: async () => {
      await rm(scratch, { recursive: true, force: true })
      await cloud.close()
    },
  }
}
