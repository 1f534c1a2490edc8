import { chmod, cp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Metafile } from 'esbuild'
import { bundledPackages, licenseTexts, type BundledPackage } from './bundled-packages.ts'
import { bundleSteps } from './bundle.ts'
import { spdxDocument } from './spdx.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * Writes what the image has in `/app` into `folder`: the bundled steps, the licences of all that is in them, and an SBOM. It is the whole
 * build context of the Containerfile. Returns the npm packages of the bundle.
 */
export async function writeApplication(folder: string): Promise<readonly BundledPackage[]> {
  // Source maps would be more than half of the layer, and Node reads them only when told to.
  await bundleSteps(folder, { sourceMaps: false })
  const meta: Metafile = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8'))
  await rm(join(folder, 'meta.json'))
  const packages = bundledPackages(meta, root)
  await cp(join(root, 'LICENSE'), join(folder, 'LICENSE'))
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.txt'), licenseTexts(packages))
  await writeFile(join(folder, 'sbom.spdx.json'), spdxDocument('tekton-entra-steps-application', packages))
  // Node would look for it in every parent folder, to learn that `.js` is an ES module.
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }\n')
  await settleModes(folder)
  return packages
}

/** Builders keep the modes that they find, and those depend on the umask: readable by every uid, writable by root. */
export async function settleModes(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644)
  }
}

if (import.meta.main) await writeApplication(`${root}build/application`)
