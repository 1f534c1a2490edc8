import { digestOf, type Digest } from '../oci/digest.ts'
import type { Descriptor } from '../oci/descriptor.ts'
import { imageConfigType, imageManifestType } from '../oci/media-types.ts'
import { readEntry, type BundleEntry, type TektonObject } from './bundle-entry.ts'
import { makeLayer, type BundleLayer } from './bundle-layer.ts'

/** A Tekton bundle, whole: an OCI image of which each layer holds one Tekton object. */
export type Bundle = {
  /** Of the manifest. */
  readonly root: Descriptor
  /** Manifest, config and layers. */
  readonly blobs: ReadonlyMap<Digest, Buffer>
}

/** Objects that cannot be a bundle, with all that is wrong with them. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
  readonly faults: readonly string[]

  constructor(faults: readonly string[]) {
    super(`these objects make no Tekton bundle:\n${faults.join('\n')}`)
    this.faults = faults
  }
}

/** Tekton Bundle Contract v0.1, "Contract". */
const mostObjects = 20
const layerType = 'application/vnd.oci.image.layer.v1.tar+gzip'

/**
 * Packs Tekton objects into a bundle, as Tekton Bundle Contract v0.1 has it. The same objects in the same order give the same digest, on
 * every machine. Throws BundleError.
 */
export function makeBundle(objects: readonly TektonObject[]): Bundle {
  const entries = readEntries(objects)
  const layers = entries.map((entry) => ({ entry, ...makeLayer(`${entry.kind}.yaml`, entry.text) }))
  const blobs = new Map<Digest, Buffer>()
  const manifest = {
    schemaVersion: 2,
    mediaType: imageManifestType,
    config: add(blobs, imageConfigType, configOf(layers)),
    layers: layers.map(({ entry, gzip }) => ({ ...add(blobs, layerType, gzip), annotations: annotationsOf(entry) })),
  }
  return { root: add(blobs, imageManifestType, Buffer.from(JSON.stringify(manifest))), blobs }
}

function readEntries(objects: readonly TektonObject[]): readonly BundleEntry[] {
  const faults: string[] = []
  if (objects.length === 0) faults.push('there is no object')
  if (objects.length > mostObjects)
    faults.push(`there are ${objects.length} objects, at most ${mostObjects} are allowed`)
  const entries = objects.flatMap((object, index) => {
    const entry = readEntry(object)
    if (!('faults' in entry)) return [entry]
    faults.push(...entry.faults.map((fault) => `object ${index + 1} ${fault}`))
    return []
  })
  faults.push(...duplicates(entries))
  if (faults.length > 0) throw new BundleError(faults)
  return entries
}

/** Stricter than the contract, which lets the apiVersion tell two apart: Tekton looks for kind and name alone, and takes the first. */
function duplicates(entries: readonly BundleEntry[]): string[] {
  const byName = Map.groupBy(entries, ({ kind, name }) => `${kind} "${name}"`)
  return [...byName].flatMap(([what, same]) => (same.length > 1 ? [`the ${what} is there ${same.length} times`] : []))
}

function annotationsOf({ apiVersion, kind, name }: BundleEntry): Readonly<Record<string, string>> {
  return {
    'dev.tekton.image.apiVersion': apiVersion,
    'dev.tekton.image.kind': kind,
    'dev.tekton.image.name': name,
  }
}

/** A config must name a platform (image-spec config.md); a bundle runs on none. */
function configOf(layers: readonly BundleLayer[]): Buffer {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ tar }) => digestOf(tar)) }
  return Buffer.from(JSON.stringify({ architecture: 'unknown', os: 'unknown', rootfs }))
}

function add(blobs: Map<Digest, Buffer>, mediaType: string, bytes: Buffer): Descriptor {
  const digest = digestOf(bytes)
  blobs.set(digest, bytes)
  return { mediaType, digest, size: bytes.length }
}
