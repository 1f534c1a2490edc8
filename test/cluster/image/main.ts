const words = process.argv.slice(3)

/** The programs of this image, by the word that calls them. What a program needs is loaded only when it is called. */
const programs: Readonly<Record<string, () => Promise<number>>> = {
  sandbox: async () => {
    // The command line itself: it reads its command and options from the arguments, and ends the process.
    await import('../../../steps/cli.ts')
    return 0
  },
  fill: async () => await (await import('./fill.ts')).fill(words, process),
  probe: async () => await (await import('./probe.ts')).run(words),
  'serve-layout': async () => {
    await (await import('./serve-layout.ts')).run(words)
    return 0
  },
  kaniko: async () =>
    words.some((one) => one.startsWith('--destination='))
      ? await (await import('./tool-stand-ins.ts')).pushingKaniko(words, process)
      : await (await import('./stand-ins.ts')).kaniko(words, process),
  buildah: async () => await (await import('./tool-stand-ins.ts')).buildah(words, process),
  helm: async () => await (await import('./tool-stand-ins.ts')).helm(words, process),
  trivy: async () => await (await import('./tool-stand-ins.ts')).trivy(words, process),
  sh: async () => await (await import('./tool-stand-ins.ts')).terraformInShell(words, process),
  'az-login': async () => await (await import('./account-stand-ins.ts')).azLogin(process),
  aws: async () => await (await import('./account-stand-ins.ts')).aws(words, process),
  // As in an image that has copied our program: `aws` starts it.
  'hand-out-aws-session': async () =>
    await (await import('../../../steps/write-aws-profile/hand-out.ts')).handOutSession(process),
  kubectl: async () => await (await import('./account-stand-ins.ts')).kubectl(words, process),
  skopeo: async () => (await import('./stand-ins.ts')).skopeo(words, process),
  copy: async () => (await import('./stand-ins.ts')).copy(words),
  dump: async () => (await import('./stand-ins.ts')).dump(words, process),
}

const word = process.argv[2] ?? ''
const call = Object.hasOwn(programs, word) ? programs[word] : undefined
if (call === undefined)
  process.stderr.write(`There is no program "${word}". This image has: ${Object.keys(programs).join(', ')}\n`)
process.exitCode = call === undefined ? 64 : await call()
