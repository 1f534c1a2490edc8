/** Namespaces of the services that answer in the AWS query protocol, each with its API version. */
export const NAMESPACES = {
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
} as const

type Service = keyof typeof NAMESPACES

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

// XML 1.0 has no way to write most control characters; a client's parser would stop at them.
const UNWRITABLE = /[^\t\n\r -\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const escape = (text: string): string =>
  text.replace(UNWRITABLE, '\uFFFD').replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character)

/** A tree of elements in the order in which they are written; undefined members are left out. */
export type XmlNode = string | { readonly [name: string]: XmlNode | undefined }

const render = (node: XmlNode): string => {
  if (typeof node === 'string') return escape(node)
  return Object.entries(node)
    .filter((entry): entry is [string, XmlNode] => entry[1] !== undefined)
    .map(([name, child]) => `<${name}>${render(child)}</${name}>`)
    .join('')
}

/** The body of a successful answer of the AWS query protocol (protocols.md §5.1). */
export const successXml = (operation: string, result: XmlNode, requestId: string, service: Service = 'sts'): string =>
  `<${operation}Response xmlns="${NAMESPACES[service]}">${render({
    [`${operation}Result`]: result,
    ResponseMetadata: { RequestId: requestId },
  })}</${operation}Response>\n`

/** The body of a refusal (protocols.md §5.1): faults of the server's side carry the type Receiver. */
export const errorXml = (
  error: { code: string; message: string; status: number },
  requestId: string,
  service: Service = 'sts',
): string =>
  `<ErrorResponse xmlns="${NAMESPACES[service]}">${render({
    Error: { Type: error.status >= 500 ? 'Receiver' : 'Sender', Code: error.code, Message: error.message },
    RequestId: requestId,
  })}</ErrorResponse>\n`
