import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Log } from '../../steps/lib/step/log.ts'
import { bundleInto, bundleSteps } from '../../images/steps/bundle.ts'
import type { Bench } from './row.ts'

/** Our engines alone, each a program of `test/bench`. */
const engines = ['push', 'copy', 'pull', 'exchange'] as const

type Opening = { readonly isQuick: boolean; readonly shrink: number; readonly log: Log }

/** Bundles our programs as the image carries them, and opens a folder in memory that goes away at the end. */
export async function openBench({ isQuick, shrink, log }: Opening): Promise<Bench & AsyncDisposable> {
  const folder = await mkdtemp(join(await memoryFolder(log), 'tekton-entra-bench-'))
  const remove = async (): Promise<void> => await rm(folder, { recursive: true, force: true })
  // An interrupted run must not leave gigabytes of memory behind.
  const interrupted = (): void => void remove().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const programs = join(folder, 'programs')
    const sourceMaps = false
    // Each by itself: bundled together they would be split in other pieces than the image's.
    for (const name of engines)
      await bundleInto(join(programs, name), { [name]: `test/bench/${name}.ts` }, { sourceMaps })
    const step = await bundleSteps(join(programs, 'steps'), { sourceMaps })
    await writeModuleMark(programs)
    return {
      folder,
      programs: {
        push: join(programs, 'push/push.js'),
        copy: join(programs, 'copy/copy.js'),
        pull: join(programs, 'pull/pull.js'),
        exchange: join(programs, 'exchange/exchange.js'),
        step,
      },
      isQuick,
      shrink,
      log,
      [Symbol.asyncDispose]: remove,
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** As in the image: else Node would look in every parent folder, to learn that `.js` is an ES module. */
async function writeModuleMark(folder: string): Promise<void> {
  for (const name of [...engines, 'steps'])
    await writeFile(join(folder, name, 'package.json'), '{ "type": "module" }\n')
}

async function memoryFolder(log: Log): Promise<string> {
  const isThere = await stat('/dev/shm').then(
    (stats) => stats.isDirectory(),
    () => false,
  )
  if (!isThere) log.line('note', `no /dev/shm here: inputs and registries are in ${tmpdir()}, perhaps on a disk`)
  return isThere ? '/dev/shm' : tmpdir()
}
