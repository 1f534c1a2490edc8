import { credentialProcessLine } from '../lib/handover/credential-process.ts'
import { imageProgram } from '../lib/step/define-step.ts'
import type { RawInputs } from '../lib/step/find-value.ts'
import { ownVariables } from '../lib/step/own-variables.ts'
import type { ProcessSettings } from './process-settings.ts'
import { step } from './step.ts'

/** What the program of a profile is: the step's own call again, for one profile, whose outcome is a session on standard output. */
export const processStep = {
  ...step,
  name: 'hand-out-aws-session',
  summary: "Print a session for one profile, as AWS's clients ask for it.",
  results: {},
} as const

/**
 * Go's SDK waits a minute for the program (aws-sdk-go-v2, credentials/processcreds, DefaultTimeout); 20 seconds of it are for the record. Others
 * wait longer.
 */
const longestSeconds = 40

/** What stands in a profile, and the settings that it names. Throws HANDOVER_FOLDER_UNUSABLE. */
export function commandLine(settingsPath: string): string {
  return credentialProcessLine([...imageProgram, processStep.name, settingsPath])
}

/** The settings of one profile, from the call of the step that writes it. `timeout` in milliseconds. */
export function settingsOf(profile: string, { env, args }: RawInputs, timeout: number): ProcessSettings {
  const seconds = Math.max(1, Math.min(longestSeconds, Math.floor(timeout / 1000)))
  return { profile, arguments: args, variables: { ...ownVariables(step, env), PARAM_TIMEOUT: `${seconds}s` } }
}

/** Puts the call of the settings in the place of what the client's container has: its variables are no business of the program. */
export function takeCall(host: NodeJS.Process, { arguments: args, variables }: ProcessSettings): void {
  for (const name of Object.keys(host.env)) delete host.env[name]
  Object.assign(host.env, ownVariables(step, variables))
  host.argv.splice(3, host.argv.length, ...args)
}
