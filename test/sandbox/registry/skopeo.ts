import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'

const PROGRAM = '/usr/bin/skopeo'

/** Whether Debian's skopeo is here; when not, a line on the console says what goes untested. */
export const findSkopeo = (): boolean => {
  const found = existsSync(PROGRAM)
  if (!found) console.warn(`SKIPPED: ${PROGRAM} is not installed, so no foreign client drives the sandbox's registries`)
  return found
}

/** Runs skopeo with this environment and nothing else of ours; never rejects. */
export const runSkopeo = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly output: string }> =>
  new Promise((resolve) => {
    const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', ...environment }
    // Its policy file and its search for stored credentials belong to the machine, not to the test.
    execFile(PROGRAM, ['--insecure-policy', ...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, output: `${stdout}${stderr}` })
    })
  })
