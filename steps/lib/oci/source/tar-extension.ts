import { archiveInvalid } from '../layout-fault.ts'
import { readFully, type OpenedFile } from './opened-file.ts'
import { readPaxRecords, type TarHeader } from './tar-header.ts'

/** What headers ahead of an entry say of it, in place of its own header. */
export type Pending = { readonly name?: string; readonly link?: string; readonly size?: number }

const maxBodyBytes = 1024 * 1024

const reasons = {
  large: (type: string) => `it holds a ${type} of more than ${maxBodyBytes} bytes`,
  malformed: 'a record of a pax header in it is malformed',
  size: (value: string) => `a pax header in it says a size of ${JSON.stringify(value.slice(0, 40))}`,
  sparse: 'it holds a sparse file, which images never do',
  global: (key: string) => `a global pax header in it sets ${key} for all entries`,
  twice: 'headers in it name one entry in two ways',
} as const

/** Keys that say where an entry lies; all others (times, owners, attributes) are nobody's concern here. */
const telling = new Set(['path', 'linkpath', 'size'])

type Extended = { readonly file: OpenedFile; readonly path: string; readonly pending: Pending }

/** Reads the body of a pax or GNU header, and adds what it says of the entry that follows. Throws LAYOUT_ARCHIVE_INVALID. */
export async function takeExtension(
  { file, path, pending }: Extended,
  header: TarHeader,
  offset: number,
): Promise<Pending> {
  const refuse = (reason: string) => archiveInvalid(path, reason)
  if (header.size > maxBodyBytes) throw refuse(reasons.large(header.type))
  const body = Buffer.alloc(header.size)
  await readFully(file, body, offset)
  const said = header.kind === 'pax' || header.kind === 'global' ? paxOf(body, header, refuse) : gnuOf(body, header)
  // Some readers take the first, others the last.
  if (Object.keys(said).some((key) => Object.hasOwn(pending, key))) throw refuse(reasons.twice)
  return { ...pending, ...said }
}

/** GNU tar's long names end at the first NUL. */
function gnuOf(body: Buffer, { kind }: TarHeader): Pending {
  const end = body.indexOf(0)
  const text = body.toString('utf8', 0, end === -1 ? body.length : end)
  return kind === 'longName' ? { name: text } : { link: text }
}

function paxOf(body: Buffer, { kind }: TarHeader, refuse: (reason: string) => Error): Pending {
  const records = readPaxRecords(body)
  if (records === undefined) throw refuse(reasons.malformed)
  for (const key of records.keys()) {
    if (key.startsWith('GNU.sparse.')) throw refuse(reasons.sparse)
    if (kind === 'global' && telling.has(key)) throw refuse(reasons.global(key))
  }
  const [name, link, size] = ['path', 'linkpath', 'size'].map((key) => records.get(key))
  if (size !== undefined && !(/^\d{1,16}$/.test(size) && Number.isSafeInteger(Number(size))))
    throw refuse(reasons.size(size))
  return {
    ...(name === undefined ? {} : { name }),
    ...(link === undefined ? {} : { link }),
    ...(size === undefined ? {} : { size: Number(size) }),
  }
}
