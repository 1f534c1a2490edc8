import { rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** CommonJS dependencies inside an ES module bundle ask for `require`. */
const banner = "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);"

/**
 * Takes Node's own modules by a call and not by an import. For an import Node reads every export of theirs once, and some of these are loaded
 * only then: `node:http` would bring all of `fetch` and HTTP/2, which is more than half of what a step needs to start.
 */
const builtinsByCall: Plugin = {
  name: 'builtins-by-call',
  setup: (bundler) => {
    bundler.onResolve({ filter: /^(node:)?[a-z_0-9]+(\/[a-z]+)*$/ }, ({ path, kind }) => {
      if (kind !== 'import-statement' || !isBuiltin(path)) return undefined
      return { path, namespace: 'builtin', sideEffects: false }
    })
    bundler.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => {
      return { contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`, loader: 'js' }
    })
  },
}

/**
 * Packages that packages of others load and that no step calls, with what is imported from them by name: `@azure/msal-node` signs with the one
 * for logins by certificate, the AWS SDK looks for credentials with the other one where it is given none. They are a good part of what an
 * exchange would have to load. Should one be called one day, it says so.
 */
const uncalled: Readonly<Record<string, readonly string[]>> = {
  jsonwebtoken: [],
  '@aws-sdk/credential-provider-node': ['defaultProvider'],
}

const withoutUncalled: Plugin = {
  name: 'without-uncalled',
  setup: (bundler) => {
    const names = Object.keys(uncalled).map((name) => name.replaceAll('/', String.raw`\/`))
    bundler.onResolve({ filter: new RegExp(`^(${names.join('|')})$`) }, ({ path }) => ({ path, namespace: 'uncalled' }))
    bundler.onLoad({ filter: /.*/, namespace: 'uncalled' }, ({ path }) => {
      const refusal = JSON.stringify(`the bundle of the steps is built without ${path}`)
      const refuse = `const refuse = () => { throw new TypeError(${refusal}) }`
      const named = (uncalled[path] ?? []).map((name) => `export const ${name} = refuse`)
      return { contents: [refuse, ...named, 'export default new Proxy({}, { get: refuse })'].join('\n'), loader: 'js' }
    })
  },
}

type BundleOptions = {
  /** With them, the names of files depend on where `outdir` is. On when absent. */
  readonly sourceMaps?: boolean
}

/**
 * Bundles the steps as the image carries them, into `outdir`: ES modules, split so that a run loads only what it uses. `meta.json` beside
 * it says which module went into which file. Returns the path of the entry.
 */
export async function bundleSteps(outdir: string, options: BundleOptions = {}): Promise<string> {
  await rm(outdir, { recursive: true, force: true })
  await bundleInto(outdir, { main: 'steps/main.ts' }, options)
  return `${outdir}/main.js`
}

/** Bundles entries of the repository, by the name that each gets. */
export async function bundleInto(
  outdir: string,
  entryPoints: Readonly<Record<string, string>>,
  { sourceMaps = true }: BundleOptions = {},
): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...entryPoints },
    outdir,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    splitting: true,
    minify: true,
    // A stack trace is only ever shown for a fault of ours, and should then name our lines.
    keepNames: true,
    sourcemap: sourceMaps ? 'linked' : false,
    sourcesContent: false,
    banner: { js: banner },
    plugins: [builtinsByCall, withoutUncalled],
    // Where a package has both forms: of ES modules only what is used is taken.
    mainFields: ['module', 'main'],
    // One of Microsoft's policies asks whether a body is one of these, and none ever is; asking alone would load all of `fetch`.
    define: { FormData: 'undefined' },
    metafile: true,
    logLevel: 'warning',
  })
  await writeFile(`${outdir}/meta.json`, JSON.stringify(metafile))
}

if (import.meta.main) await bundleSteps(`${root}build/steps`)
