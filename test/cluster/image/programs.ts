import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { settleModes } from '../../../images/steps/application.ts'
import { bundleInto } from '../../../images/steps/bundle.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Writes what the suite's image has in `/app` in the place of the steps. `package.json` there stays the step image's. */
export async function writePrograms(folder: string): Promise<void> {
  await bundleInto(folder, { main: 'test/cluster/image/main.ts' }, { sourceMaps: false })
  await rm(join(folder, 'meta.json'))
  await settleModes(folder)
}

if (import.meta.main) await writePrograms(`${root}build/suite-programs`)
