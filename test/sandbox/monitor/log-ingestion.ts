import type { IncomingMessage, ServerResponse } from 'node:http'
import { readBody } from '../aws/read-body.ts'
import { bookRequest } from '../book-request.ts'
import type { LogIngestion, StreamColumn } from '../config-stores.ts'
import { readBearer } from '../entra/bearer.ts'
import type { StandIn } from '../stand-in.ts'
import type { World } from '../world.ts'
import { addRows, type IngestedRow } from './rows.ts'

/** Why the endpoint refuses a request; [K] assumption: codes and texts. */
class IngestionRefusal extends Error {
  override readonly name = 'IngestionRefusal'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

/** "Logs Ingestion API", service limits: one call carries at most 1 MB, one field 64 KB. */
const LONGEST_CALL = 1024 * 1024
const LONGEST_FIELD = 64 * 1024
const PATH = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)$/
const AUDIENCES = ['https://monitor.azure.com', 'https://monitor.azure.com/']

/** Logs ingestion endpoints of Azure Monitor. They take rows for the streams of their rule, and show none. */
export function createLogIngestion(world: World): StandIn {
  const rulesOf = (host: string) => (world.config.logIngestion ?? []).filter((rule) => rule.host === host)
  return {
    name: 'monitor',
    owns: (host) => rulesOf(host).length > 0,
    handle: async (request, response, host) => {
      const checks: string[] = []
      try {
        addRows(world, await take(world, { request, checks, rules: rulesOf(host), host }))
        answer(response, 204)
        bookRequest(world, 'monitor', { request, host, status: 204, operation: 'Upload', checks })
      } catch (error) {
        if (!(error instanceof IngestionRefusal)) throw error
        const { status, code, message } = error
        answer(response, status, { error: { code, message } })
        bookRequest(world, 'monitor', { request, host, status, refused: code, checks })
      }
    },
  }
}

type Call = {
  readonly request: IncomingMessage
  readonly checks: string[]
  readonly rules: readonly LogIngestion[]
  readonly host: string
}

async function take(world: World, { request, checks, rules, host }: Call): Promise<IngestedRow[]> {
  const body = await readBody(request, LONGEST_CALL)
  const url = new URL(request.url ?? '/', `https://${host}`)
  const [, immutableId = '', stream = ''] = PATH.exec(url.pathname) ?? []
  if (immutableId === '') throw new IngestionRefusal(404, 'NotFound', 'The resource is not found.')
  if (request.method !== 'POST') throw new IngestionRefusal(405, 'MethodNotAllowed', 'Only POST is taken.')
  if (url.search !== '?api-version=2023-01-01')
    throw new IngestionRefusal(400, 'InvalidApiVersion', `The api-version of "${url.search}" is not supported.`)
  const rule = rules.find((one) => one.immutableId === immutableId)
  const writer = writerOf(world, request, rule)
  checks.push(`token of ${writer}: ok`)
  if (rule === undefined)
    throw new IngestionRefusal(404, 'NotFound', `Data collection rule with immutable Id '${immutableId}' not found.`)
  if (body === undefined) throw new IngestionRefusal(413, 'ContentLengthLimitExceeded', 'The body is larger than 1 MB.')
  if (!/^application\/json(;|$)/.test(request.headers['content-type'] ?? ''))
    throw new IngestionRefusal(415, 'UnsupportedMediaType', 'The content type is application/json.')
  const columns = rule.streams[stream]
  if (columns === undefined)
    throw new IngestionRefusal(400, 'InvalidStream', `The stream ${stream} was not found in data collection rule.`)
  const rows = rowsIn(body).map((row) => rowOf(row, columns))
  checks.push(`${rows.length} rows for ${stream}: ok`)
  return rows.map((row) => ({ immutableId, stream, columns: row, writer }))
}

function writerOf(world: World, request: IncomingMessage, rule: LogIngestion | undefined): string {
  const bearer = readBearer(world, request)
  if (bearer.kind !== 'valid') throw new IngestionRefusal(401, 'InvalidToken', `The token is ${bearer.kind}.`)
  const { aud, oid, tid } = bearer.claims
  if (!AUDIENCES.includes(aud)) throw new IngestionRefusal(401, 'InvalidAudience', `The token is for ${aud}.`)
  if (rule !== undefined && (rule.tenantId !== tid || !rule.publishers.includes(oid)))
    throw new IngestionRefusal(
      403,
      'OperationFailed',
      `The authentication token provided does not have access to ingest data for the data collection rule with immutable Id '${rule.immutableId}'.`,
    )
  return oid
}

function rowsIn(body: Buffer): Record<string, unknown>[] {
  const refused = new IngestionRefusal(400, 'InvalidPayload', 'The body is an array of objects, in JSON.')
  let parsed: unknown
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw refused
  }
  if (!Array.isArray(parsed) || parsed.length === 0) throw refused
  return parsed.map((row: unknown) => {
    if (typeof row !== 'object' || row === null || Array.isArray(row)) throw refused
    return row as Record<string, unknown>
  })
}

/** What the stream does not declare is dropped without a word, as the service does; what it declares must be of its type. */
function rowOf(row: Readonly<Record<string, unknown>>, columns: readonly StreamColumn[]): Record<string, string> {
  return Object.fromEntries(
    columns.flatMap(({ name, type }): [string, string][] => {
      const value = row[name]
      if (value === undefined) return []
      if (typeof value !== 'string' || (type === 'datetime' && Number.isNaN(Date.parse(value))))
        throw new IngestionRefusal(400, 'InvalidRecord', `The column ${name} is no ${type}.`)
      if (Buffer.byteLength(value) > LONGEST_FIELD)
        throw new IngestionRefusal(400, 'InvalidRecord', `The column ${name} is longer than 64 KB.`)
      return [[name, value]]
    }),
  )
}

function answer(response: ServerResponse, status: number, body?: object): void {
  const text = body === undefined ? '' : JSON.stringify(body)
  const type = body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }
  response.writeHead(status, { ...type, ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }) })
  response.end(text)
}
