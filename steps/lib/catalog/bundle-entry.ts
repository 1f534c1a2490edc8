import { parseAllDocuments, stringify } from 'yaml'

/** A Tekton object: its YAML text, which stays as it is, comments and all, or what was parsed of one. */
export type TektonObject = string | Readonly<Record<string, unknown>>

/** One object of a bundle, with the three values that name it there. */
export type BundleEntry = {
  readonly apiVersion: string
  /** Lower case, singular. */
  readonly kind: string
  readonly name: string
  readonly text: string
}

/** What Tekton's bundles resolver can be asked for, and in which versions Tekton serves it. */
const apiVersions: ReadonlyMap<string, readonly string[]> = new Map([
  ['Task', ['tekton.dev/v1', 'tekton.dev/v1beta1']],
  ['Pipeline', ['tekton.dev/v1', 'tekton.dev/v1beta1']],
  ['StepAction', ['tekton.dev/v1beta1', 'tekton.dev/v1alpha1']],
])

/** Reads one object, or says all that is wrong with it. */
export function readEntry(object: TektonObject): BundleEntry | { readonly faults: readonly string[] } {
  const read = typeof object === 'string' ? parseOne(object) : { value: object }
  if ('fault' in read) return { faults: [read.fault] }
  const kind = textAt(read.value, 'kind')
  const apiVersion = textAt(read.value, 'apiVersion')
  const name = textAt(fieldOf(read.value, 'metadata'), 'name')
  const faults = [...kindFaults(kind, apiVersion), ...(name === undefined ? ['has no metadata.name'] : [])]
  if (faults.length > 0 || kind === undefined || apiVersion === undefined || name === undefined) return { faults }
  const text = typeof object === 'string' ? object : stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
  return { apiVersion, kind: kind.toLowerCase(), name, text }
}

/** Tekton reads the first document of a layer and drops the rest without a word. */
function parseOne(text: string): { readonly value: unknown } | { readonly fault: string } {
  const documents = [...parseAllDocuments(text)]
  const [document] = documents
  if (document === undefined) return { fault: 'is empty' }
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error !== undefined) return { fault: `is no YAML: ${error.message.split('\n')[0]}` }
  if (documents.length > 1) return { fault: `holds ${documents.length} documents: give each as an object of its own` }
  return { value: document.toJS() as unknown }
}

function kindFaults(kind: string | undefined, apiVersion: string | undefined): string[] {
  const served = apiVersions.get(kind ?? '')
  if (served === undefined)
    return [`has the kind ${kind ?? '(none)'}: a bundle holds ${[...apiVersions.keys()].join(', ')}`]
  if (apiVersion !== undefined && served.includes(apiVersion)) return []
  return [`has the apiVersion ${apiVersion ?? '(none)'}, expected ${served.join(' or ')}`]
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined
}

function textAt(value: unknown, name: string): string | undefined {
  const found = fieldOf(value, name)
  return typeof found === 'string' && found !== '' ? found : undefined
}
