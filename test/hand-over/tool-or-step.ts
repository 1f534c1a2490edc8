/** `tool-or-step.ts STEP_PROGRAM WORD …`: what the images of a Task's steps hold, in one program. The suite's image has the tools, ours the steps. */
const tools = ['kaniko', 'buildah', 'helm', 'trivy', 'sh', 'aws', 'kubectl']
const [stepProgram = ''] = process.argv.splice(2, 1)
await import(tools.includes(process.argv[2] ?? '') ? '../cluster/image/main.ts' : stepProgram)
