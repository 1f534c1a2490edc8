import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Aim } from '../aims.ts'
import { writeHollowLayout, writeLayout } from '../inputs/layout.ts'
import type { Source } from '../inputs/source.ts'
import type { Bench, Match, Row } from '../row.ts'
import { sinksFor, type OpenSink } from '../sinks/open-sinks.ts'
import { engine, peer, type Contest } from '../tools/contenders.ts'
import { peersNamed } from '../tools/peers.ts'

type PushRow = {
  readonly name: string
  readonly title: string
  readonly write: (folder: string, bench: Bench) => Promise<Source>
  readonly aims: readonly Aim[]
  readonly peers: readonly string[]
  readonly isQuick?: boolean
  readonly warmUps?: number
  readonly sinks?: (bench: Bench) => readonly OpenSink[]
}

/** Pushes of an image that the registry has nothing of, each to a repository of its own. */
export function pushRow({ name, title, write, aims, peers, isQuick = false, warmUps = 1, sinks }: PushRow): Row {
  return {
    name,
    title,
    aims,
    isQuick,
    matches: async function* (bench) {
      const folder = await mkdtemp(join(bench.folder, 'input-'))
      try {
        const source = await write(folder, bench)
        const wanted = bench.isQuick ? peers.filter((program) => isComparedWith(aims, program)) : peers
        for (const open of (sinks ?? sinksFor)(bench)) yield* pushesTo(open, { bench, source, peers: wanted, warmUps })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  }
}

function isComparedWith(aims: readonly Aim[], program: string): boolean {
  return aims.some((aim) => aim.kind === 'ratio' && aim.against.includes(program))
}

type Pushes = Pick<PushRow, 'peers'> & { readonly bench: Bench; readonly source: Source; readonly warmUps: number }

async function* pushesTo(open: OpenSink, { bench, source, peers, warmUps }: Pushes): AsyncGenerator<Match> {
  await using sink = await open()
  const contest: Contest = { bench, source, sinks: [sink] }
  const others = await Promise.all(peersNamed(...peers).map(async (tool) => await peer(contest, tool)))
  const contenders = [await engine(contest), ...others]
  yield { sink: sink.name, contenders, warmUps, between: async () => await sink.clear() }
}

/** Sizes divided by what the run was told, never to nothing. */
function less(bytes: number, { shrink }: Bench): number {
  return Math.max(1000, Math.round(bytes / shrink))
}

const all = ['crane', 'regctl', 'oras', 'skopeo', 'skopeo of Debian']
const most = ['crane', 'regctl', 'oras', 'skopeo']
const asRegctl: Aim = { kind: 'ratio', against: ['regctl'], atMost: 1 }
const asCrane: Aim = { kind: 'ratio', against: ['crane'], atMost: 1 }
const lean: Aim = { kind: 'memory', atMost: 100 }

/** The inputs that are pushed and pushed again. */
export const inputs = {
  '20mb': {
    what: '20 MB in 3 layers',
    write: (folder, bench) => writeLayout(folder, 3, less(20_000_000 / 3, bench)),
  },
  '200x100kb': {
    what: '200 layers of 100 KB',
    write: (folder, bench) => writeLayout(folder, 200, less(100_000, bench)),
  },
  '40x100kb': {
    what: '40 layers of 100 KB',
    write: (folder, bench) => writeLayout(folder, 40, less(100_000, bench)),
  },
  '1gb': {
    what: '1 GB in 10 layers',
    write: (folder, bench) => writeLayout(folder, 10, less(100_000_000, bench)),
  },
  '5gb': {
    what: '5 GB in one layer',
    write: (folder, bench) => writeLayout(folder, 1, less(5_000_000_000, bench)),
  },
} as const satisfies Record<string, { readonly what: string; readonly write: PushRow['write'] }>

export type Input = keyof typeof inputs

const push = (input: Input, aims: readonly Aim[], more: Partial<PushRow> = {}): Row => {
  const { what, write } = inputs[input]
  return pushRow({ name: `push-${input}`, title: `Push of ${what}`, write, aims, peers: all, ...more })
}

/** First pushes. */
export const pushRows: readonly Row[] = [
  push('20mb', [asRegctl, lean], { isQuick: true }),
  push('200x100kb', [asRegctl, lean], { peers: most, isQuick: true }),
  push('1gb', [asCrane, lean], { peers: most, isQuick: true, warmUps: 0 }),
  push('5gb', [asRegctl, lean], { peers: most, warmUps: 0 }),
  pushRow({
    name: 'push-20gb',
    title: 'Push of 20 GB in one layer, a file with nothing in it: for the memory it takes',
    write: (folder) => writeHollowLayout(folder),
    aims: [lean],
    peers: [],
    warmUps: 0,
    sinks: (bench) => sinksFor(bench, 'null http'),
  }),
]
