import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { mustRun } from '../../cluster/run-program.ts'
import { root } from '../../contract/repository.ts'
import { ours } from '../result.ts'
import type { Match, Row } from '../row.ts'
import { slowDisk } from '../slow-disk.ts'
import { startNullSink } from '../sinks/null-sink.ts'
import { engine, peer } from '../tools/contenders.ts'
import { peersNamed } from '../tools/peers.ts'
import { inputs } from './push.ts'

/** Our own push to one of the two. */
const once = `${ours}, one destination`

/** Two registries at once, the image on this machine's disk and in no cache. */
export const twoDestinations: Row = {
  name: 'two-destinations',
  title: 'Push of 1 GB in 10 layers from a disk of 250 MB/s, nothing of it cached, to two registries',
  aims: [
    { kind: 'ratio', against: [once], atMost: 1.2 },
    { kind: 'fastest', atMost: 1 },
  ],
  isQuick: false,
  matches: async function* (bench): AsyncGenerator<Match> {
    const parent = join(root, 'build')
    await mkdir(parent, { recursive: true })
    const folder = await mkdtemp(join(parent, 'bench-'))
    try {
      const source = await inputs['1gb'].write(folder, bench)
      await using disk = await slowDisk(folder)
      if (disk.unlimited !== undefined) bench.log.line('note', `the disk is as fast as it is: ${disk.unlimited}`)
      await using first = await startNullSink('http')
      await using second = await startNullSink('http')
      const both = { bench, source, sinks: [first, second] }
      const others = peersNamed('crane', 'regctl', 'oras', 'skopeo').map(async (tool) => await peer(both, tool))
      const contenders = [
        await engine(both),
        await engine({ ...both, sinks: [first] }, once),
        ...(await Promise.all(others)),
      ]
      yield { sink: 'two of null http', contenders, warmUps: 0, between: forgetFiles }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Linux forgets what it has read of files; only root may ask for that, and without it the row is about memory and not about the disk. */
async function forgetFiles(): Promise<void> {
  // What is not on the disk yet cannot be forgotten.
  await mustRun(['sync'])
  await writeFile('/proc/sys/vm/drop_caches', '1').catch(() => undefined)
}
