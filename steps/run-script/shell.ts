import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What the programs of a script have around them. */
export type Shell = {
  /** Where they are found, as `PATH` has it. */
  readonly path: string
  readonly home: string
}

/** The variable by which the image with a shell says where its programs are; the plain image does not set it. */
const variable = 'PROGRAMS_PATH'

/** The shell of this image; undefined where there is none. */
export function shellOf(env: Readonly<Record<string, string | undefined>>): Shell | undefined {
  const path = env[variable] ?? ''
  const isThere = path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, 'bash')))
  return isThere ? { path, home: env['HOME'] ?? '/' } : undefined
}
