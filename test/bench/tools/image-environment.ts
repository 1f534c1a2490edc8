/** What the Containerfile of the step image sets: our programs are measured as they run there. */
export const imageEnvironment: Readonly<Record<string, string>> = { NODE_OPTIONS: '--max-semi-space-size=1' }
