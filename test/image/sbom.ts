/** An SPDX 2.3 document, as far as tests look at it. */
export type SpdxDocument = {
  readonly documentNamespace: string
  readonly packages: readonly {
    readonly name: string
    readonly SPDXID: string
    readonly versionInfo: string
    readonly externalRefs: readonly { readonly referenceType: string; readonly referenceLocator: string }[]
  }[]
  readonly relationships: readonly {
    readonly spdxElementId: string
    readonly relationshipType: string
    readonly relatedSpdxElement: string
  }[]
}

/** Names of what a document's first package contains, sorted, each once. */
export function namesIn({ packages }: SpdxDocument): string[] {
  return [...new Set(packages.slice(1).map(({ name }) => name))].toSorted()
}
