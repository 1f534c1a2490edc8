/** The programs of this image, by the word that calls them. What a program needs is loaded only when it is called. */
const programs: Readonly<Record<string, () => Promise<number>>> = {
  sandbox: async () => {
    // The command line itself: it reads its command and options from the arguments, and ends the process.
    await import('../../../steps/cli.ts')
    return 0
  },
  probe: async () => await (await import('./probe.ts')).run(process.argv.slice(3)),
  'serve-layout': async () => await (await import('./serve-layout.ts')).run(process.argv.slice(3)),
  fill: async () => await (await import('./fill.ts')).fill(process.argv.slice(3), process),
}

const word = process.argv[2] ?? ''
const call = Object.hasOwn(programs, word) ? programs[word] : undefined
if (call === undefined)
  process.stderr.write(`There is no program "${word}". This image has: ${Object.keys(programs).join(', ')}\n`)
process.exit(call === undefined ? 64 : await call())
