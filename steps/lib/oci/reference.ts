import { parseDigest, type Digest } from './digest.ts'

/** An image reference in its parts: `host/repository[:tag][@digest]`. */
export type Reference = {
  /** Host name in lower case, with its port where one is given. */
  readonly host: string
  readonly repository: string
  readonly tag?: string
  readonly digest?: Digest
}

export type ReferencePart = 'reference' | 'host' | 'repository' | 'tag' | 'digest'

/** What is wrong with a reference: the part, its text, and what would be right. */
export type ReferenceFault = {
  readonly fault: { readonly part: ReferencePart; readonly got: string; readonly expected: string }
}

const expectations = {
  reference: 'host/repository, then :tag, without https:// and without spaces',
  host: 'a registry host with a dot or a port, such as contoso.azurecr.io or 123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  repository: 'at most 255 characters: lower case letters and digits, parted by one of / . _ __ or by dashes',
  tag: 'at most 128 letters, digits, _ . - and no . or - at the start',
  digest: 'sha256: and 64 lower case hex digits',
} as const satisfies Readonly<Record<ReferencePart, string>>

// The grammar of distribution/reference (regexp.go), part by part.
const label = '[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
const hostGrammar = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9A-Fa-f:]+\\])(?::(?<port>\\d{1,5}))?$`)
const component = '[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*'
const repositoryGrammar = new RegExp(`^${component}(?:/${component})*$`)
const tagGrammar = /^\w[\w.-]{0,127}$/

/** Parses the full grammar of distribution's references. The host must be there: no registry is assumed. */
export function parseReference(text: string): Reference | ReferenceFault {
  if (text === '' || /\s|:\/\//.test(text)) return fault('reference', text)
  const [name, digestText] = splitAt(text, text.indexOf('@'))
  const slash = name.indexOf('/')
  // A colon before the last slash belongs to the host's port.
  const colon = name.lastIndexOf(':')
  const [path, tag] = splitAt(name, colon > name.lastIndexOf('/') ? colon : -1)
  const host = slash === -1 ? '' : path.slice(0, slash)
  if (!isHost(host)) return fault('host', slash === -1 ? text : host)
  const repository = path.slice(slash + 1)
  if (repository.length > 255 || !repositoryGrammar.test(repository)) return fault('repository', repository)
  if (tag !== undefined && !tagGrammar.test(tag)) return fault('tag', tag)
  const digest = digestText === undefined ? undefined : parseDigest(digestText)
  if (digestText !== undefined && digest === undefined) return fault('digest', digestText)
  const named = { host: host.toLowerCase(), repository }
  return { ...named, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) }
}

/** As docker tells a host from the first part of a repository: by a dot, a port, or the name localhost. */
function isHost(text: string): boolean {
  const match = hostGrammar.exec(text)
  if (match === null || !(/[.:]/.test(text) || text.toLowerCase() === 'localhost')) return false
  const port = match.groups?.['port']
  return isOneHost(text) && (port === undefined || (Number(port) >= 1 && Number(port) <= 65_535))
}

/** Whether a URL keeps the name as it is. It takes numbers for addresses (`0x7f.1` is 127.0.0.1): then another host would be asked. */
function isOneHost(text: string): boolean {
  const name = text.replace(/:\d+$/, '').toLowerCase()
  return URL.parse(`https://${name}`)?.hostname === name
}

/** The text before and after the character at `index`; all of it and undefined when there is none. */
function splitAt(text: string, index: number): [before: string, after: string | undefined] {
  return index === -1 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)]
}

function fault(part: ReferencePart, got: string): ReferenceFault {
  return { fault: { part, got, expected: expectations[part] } }
}
