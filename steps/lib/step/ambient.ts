/** Variables from which cloud SDKs pick up credentials, endpoints and settings by themselves; DEBUG makes them print what they send. */
const ambient = /^(AWS|AZURE|MSAL|MSI|IDENTITY|IMDS|AMAZON|ARM)_|^DEBUG$/

/**
 * Removes what an SDK might find in the environment: a step acts only as the identity that it was given. Called once, after the
 * inputs have been read.
 */
export function forgetAmbientVariables(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) {
    if (ambient.test(name)) delete env[name]
  }
}
