import { writeDockerArchive } from '../inputs/docker-archive.ts'
import { pushRow } from './push.ts'
import type { Row } from '../row.ts'
import { sinksFor } from '../sinks/open-sinks.ts'

/** A docker archive, whose layers have to be compressed on the way. */
export const archiveRows: readonly Row[] = [
  pushRow({
    name: 'docker-archive',
    title: 'Push of a docker archive of about 380 MB, its layers compressed with gzip on the way',
    write: async (folder, { shrink }) => await writeDockerArchive(folder, shrink),
    aims: [{ kind: 'ratio', against: ['skopeo', 'skopeo of Debian'], atMost: 2.5 }],
    peers: ['crane', 'skopeo', 'skopeo of Debian'],
    warmUps: 0,
    sinks: (bench) => sinksFor(bench, 'distribution http', 'null http'),
  }),
]
