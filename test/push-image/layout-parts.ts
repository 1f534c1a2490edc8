import { rm } from 'node:fs/promises'
import { emptyLayout, layerType, type TestDescriptor, type TestLayout } from '../unit/oci/fixtures.ts'

/** A layout with one image of one layer, for a test to spoil. */
export type LayoutParts = { readonly layout: TestLayout; readonly layer: TestDescriptor; readonly root: TestDescriptor }

/** How a test spoils a layout, and what the run must say of it then. */
export type Spoilt = readonly [
  what: string,
  spoil: (parts: LayoutParts) => Promise<unknown>,
  says: (parts: LayoutParts) => readonly (string | RegExp)[],
]

/** Writes one with a layer of nine bytes; it can be pushed. */
export async function layoutParts(): Promise<LayoutParts> {
  const layout = await emptyLayout()
  const layer = await layout.blob(layerType, 'the layer')
  const root = await layout.manifest([layer])
  await layout.roots(root)
  return { layout, layer, root }
}

/** Where a blob lies in its layout, as messages name it. */
export function blobOf({ digest }: { readonly digest: string }): string {
  return `blobs/${digest.replace(':', '/')}`
}

/** Puts something else in the place of a file. */
export async function exchange(file: string, put: (file: string) => Promise<unknown>): Promise<void> {
  await rm(file, { recursive: true })
  await put(file)
}
