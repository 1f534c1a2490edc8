/**
 * Tells the hash of a file whenever another content takes its place, and that it is gone; ends after so many lines. What it tells of the
 * first one is printed when it has it, so that a test can go on.
 */
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'

const [variable = '', beside = '', lines = '2'] = process.argv.slice(2)
const path = `${process.env[variable] ?? ''}${beside}`
const seen: string[] = []
const look = (): void => {
  const now = existsSync(path) ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'gone'
  if (seen.at(-1) === now) return
  seen.push(now)
  process.stderr.write(`${now}\n`)
  if (seen.length < Number(lines) && now !== 'gone') return
  process.stdout.write(JSON.stringify(seen))
  process.exit(0)
}
watch(dirname(path), look)
look()
