import { createHash } from 'node:crypto'
import { version } from '../../steps/lib/core/version.ts'

/** A package as an SBOM lists it. */
export type SbomPackage = {
  readonly name: string
  readonly version: string
  /** SPDX expression, where the package says one. */
  readonly license?: string
  /** Package URL, by which scanners look up known faults. */
  readonly purl: string
  /** CPE 2.3, for what scanners know by that name only. */
  readonly cpe?: string
}

/**
 * An SPDX 2.3 document in JSON (https://spdx.github.io/spdx-spec/v2.3/) that says what `name` contains. The same packages give the
 * same bytes: it bears no time, and its namespace is made of its contents.
 */
export function spdxDocument(name: string, contents: readonly SbomPackage[]): string {
  const sorted = contents.toSorted((one, other) => compare(one.purl, other.purl))
  const hash = createHash('sha256')
    .update(JSON.stringify([name, sorted]))
    .digest('hex')
  const whole = describe({ name, version, license: 'Apache-2.0', purl: `pkg:generic/${name}@${version}` }, 'whole')
  const parts = sorted.map((entry, index) => describe(entry, `package-${index + 1}`))
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name,
    documentNamespace: `https://github.com/tekton-entra/tekton-entra/sbom/${name}-${version}-${hash}`,
    creationInfo: { created: '1970-01-01T00:00:00Z', creators: [`Tool: tekton-entra-build-image-${version}`] },
    packages: [whole, ...parts],
    relationships: [
      relate('SPDXRef-DOCUMENT', 'DESCRIBES', whole.SPDXID),
      ...parts.map(({ SPDXID }) => relate(whole.SPDXID, 'CONTAINS', SPDXID)),
    ],
  }
  return `${JSON.stringify(document, undefined, 1)}\n`
}

function describe(entry: SbomPackage, id: string) {
  const reference = (referenceCategory: string, referenceType: string, referenceLocator: string) => ({
    referenceCategory,
    referenceType,
    referenceLocator,
  })
  return {
    name: entry.name,
    SPDXID: `SPDXRef-${id}`,
    versionInfo: entry.version,
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    licenseConcluded: 'NOASSERTION',
    licenseDeclared: entry.license ?? 'NOASSERTION',
    copyrightText: 'NOASSERTION',
    externalRefs: [
      reference('PACKAGE-MANAGER', 'purl', entry.purl),
      ...(entry.cpe === undefined ? [] : [reference('SECURITY', 'cpe23Type', entry.cpe)]),
    ],
  }
}

function relate(spdxElementId: string, relationshipType: string, relatedSpdxElement: string) {
  return { spdxElementId, relationshipType, relatedSpdxElement }
}

// Not by locale: the order must be the same everywhere.
function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other)
}
