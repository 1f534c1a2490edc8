import { rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** CommonJS dependencies inside an ES module bundle ask for `require`. */
const banner = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

/**
 * Bundles the steps as the image carries them, into `outdir`: ES modules, split so that a run loads only what it uses, with source
 * maps. `meta.json` beside it says which module went into which file. Returns the path of the entry.
 */
export async function bundleSteps(outdir: string): Promise<string> {
  await rm(outdir, { recursive: true, force: true })
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'steps/main.ts' },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    splitting: true,
    minify: true,
    // A stack trace is only ever shown for a fault of ours, and should then name our lines.
    keepNames: true,
    sourcemap: 'linked',
    sourcesContent: false,
    banner: { js: banner },
    metafile: true,
    logLevel: 'warning',
  })
  await writeFile(`${outdir}/meta.json`, JSON.stringify(metafile))
  return `${outdir}/main.js`
}

if (import.meta.main) await bundleSteps(`${root}build/steps`)
