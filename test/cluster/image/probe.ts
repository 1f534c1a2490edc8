import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/** What a probe has seen; it prints it as one line of JSON when it ends. */
type Seen = {
  argv?: readonly string[]
  env?: Record<string, string | null>
  files?: Record<string, string | null>
}

/** One small thing to do, by the words that follow it; a number that is given back ends the probe with it. */
type Deed = { readonly words: number; readonly act: (seen: Seen, ...words: string[]) => Promise<number | void> }

const deeds: Readonly<Record<string, Deed>> = {
  /** NAME: what the variable holds, `null` when it is not set. */
  env: { words: 1, act: async (seen, name) => void (seen.env = { ...seen.env, [name]: process.env[name] ?? null }) },
  /** LABEL PATH: the text of the file, `null` when it is absent, `-> nowhere` for a link that leads nowhere. */
  file: { words: 2, act: async (seen, label, path) => void (seen.files = { ...seen.files, [label]: contentOf(path) }) },
  /** PATH TEXT */
  write: { words: 2, act: async (_, path, text) => writeFileSync(path, text) },
  /** PATH SIZE: that many times the letter x. */
  fill: { words: 2, act: async (_, path, size) => writeFileSync(path, 'x'.repeat(Number(size))) },
  /** PATH: waits until something is there. */
  'wait-for': {
    words: 1,
    act: async (_, path) => {
      while (!existsSync(path)) await sleep(50)
    },
  },
  /** Waits for SIGTERM, and goes on. */
  'wait-for-end': {
    words: 0,
    act: async () => {
      const holding = setInterval(() => {}, 60_000)
      await new Promise<void>((resolve) => process.once('SIGTERM', () => resolve()))
      clearInterval(holding)
    },
  },
  /** Takes no notice of SIGTERM from here on. */
  'ignore-end': { words: 0, act: async () => void process.on('SIGTERM', () => {}) },
  /** Ends by SIGKILL. */
  'kill-me': { words: 0, act: async () => void process.kill(process.pid, 'SIGKILL') },
  /** CODE */
  exit: { words: 1, act: async (_, code) => Number(code) },
}

/** Does what its words say, one after the other; what follows `--` it prints as its arguments. Gives the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  const end = args.indexOf('--')
  const seen: Seen = end === -1 ? {} : { argv: args.slice(end + 1) }
  const words = end === -1 ? [...args] : args.slice(0, end)
  let code = 0
  while (words.length > 0) {
    const word = words.shift() ?? ''
    const deed = deeds[word]
    if (deed === undefined) throw new Error(`probe knows ${Object.keys(deeds).join(', ')}, not "${word}"`)
    code = (await deed.act(seen, ...words.splice(0, deed.words))) ?? code
  }
  if (Object.keys(seen).length > 0) process.stdout.write(`${JSON.stringify(seen)}\n`)
  return code
}

function contentOf(path: string): string | null {
  if (existsSync(path)) return readFileSync(path, 'utf8')
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true
  return isLink ? '-> nowhere' : null
}
