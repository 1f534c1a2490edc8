import type { ServerResponse } from 'node:http'
import { showPath } from '../config-schema/json-schema.ts'
import type { JsonSchema, PathFault } from '../config-schema/json-schema.ts'
import { schemaFaults } from '../config-schema/schema-faults.ts'
import schemaFile from '../control.schema.json' with { type: 'json' }
import { mintingFault } from '../mint-token.ts'
import { suggestion } from '../nearest-name.ts'
import type { Sandbox } from '../sandbox.ts'
import type { SandboxDescription } from './description.ts'
import { RequestFault } from './request-fault.ts'
import type { ClockRequest, TokenRequest } from './requests.ts'
import { keptBy } from './kept.ts'
import { clock, crashes, moveClock, repositories } from './state-routes.ts'
import { asRule } from './switched-faults.ts'
import type { JsonFaultRule, SwitchedFaults } from './switched-faults.ts'
import type { TimedEntry, WatchedJournal } from './watched-journal.ts'

/** What the control address steers. */
export type Controlled = {
  readonly sandbox: Pick<Sandbox, 'crashes' | 'minted' | 'mintToken' | 'standIns' | 'world'>
  readonly description: SandboxDescription
  readonly faults: SwitchedFaults
  readonly journal: WatchedJournal
}

/** A request as a route sees it; `id` is what the path names last. */
export type Asked = { readonly body: unknown; readonly id: string; readonly query: URLSearchParams }

/** One answer: JSON at once, or a stream that lasts. */
export type Reply = { readonly json: unknown } | { readonly stream: (response: ServerResponse) => void }

export type Route = {
  readonly method: string
  readonly path: RegExp
  readonly answer: (controlled: Controlled, asked: Asked) => Reply
}

// A JSON file's type is that of its one value, which says less than the schema's own.
const schema = schemaFile as unknown as JsonSchema

/** Everything that the control address can be asked. */
export const routes: readonly Route[] = [
  { method: 'GET', path: /^\/sandbox$/, answer: ({ description }) => ({ json: description }) },
  {
    method: 'POST',
    path: /^\/tokens$/,
    answer: ({ sandbox }, { body }) => ({ json: { token: mint(sandbox, checkedToken(body)) } }),
  },
  { method: 'GET', path: /^\/faults$/, answer: ({ faults }) => ({ json: { faults: faults.list() } }) },
  {
    method: 'POST',
    path: /^\/faults$/,
    answer: (controlled, { body }) => {
      const rules = checkedRules(body)
      refuseImpossibleRules(rules, controlled.sandbox)
      return { json: { ids: rules.map((rule) => controlled.faults.add(rule)) } }
    },
  },
  { method: 'DELETE', path: /^\/faults$/, answer: ({ faults }) => ({ json: { cleared: faults.clear() } }) },
  {
    method: 'DELETE',
    path: /^\/faults\/([^/]+)$/,
    answer: ({ faults }, { id }) => {
      if (!faults.remove(id)) throw new RequestFault(404, [`there is no fault ${id}`])
      return { json: { cleared: 1 } }
    },
  },
  {
    method: 'GET',
    path: /^\/repositories$/,
    answer: ({ sandbox }, { query }) => ({ json: { registries: repositories(sandbox, query) } }),
  },
  { method: 'GET', path: /^\/records$/, answer: ({ sandbox }) => ({ json: keptBy(sandbox) }) },
  { method: 'GET', path: /^\/clock$/, answer: ({ sandbox }) => ({ json: clock(sandbox) }) },
  {
    method: 'POST',
    path: /^\/clock$/,
    answer: ({ sandbox }, { body }) => ({ json: moveClock(sandbox, checkedClock(body)) }),
  },
  { method: 'GET', path: /^\/secrets$/, answer: ({ sandbox }) => ({ json: { secrets: [...sandbox.minted.all] } }) },
  { method: 'GET', path: /^\/crashes$/, answer: ({ sandbox }) => ({ json: { crashes: crashes(sandbox) } }) },
  {
    method: 'GET',
    path: /^\/journal$/,
    answer: ({ journal }, { query }) => ({
      stream: (response) => streamJournal(journal, response, query.get('follow') === '1'),
    }),
  },
]

function checkedToken(body: unknown): TokenRequest {
  refuseFaults(schemaFaults(schema, body, schema.properties?.['tokens']))
  return body as TokenRequest
}

function checkedClock(body: unknown): ClockRequest {
  refuseFaults(schemaFaults(schema, body, schema.properties?.['clock']))
  return body as ClockRequest
}

/** One rule, or a list of them. */
function checkedRules(body: unknown): readonly JsonFaultRule[] {
  const rules: readonly unknown[] = Array.isArray(body) ? body : [body]
  const faults = schemaFaults(schema, rules, schema.properties?.['faults'])
  // One rule alone stands in no list: its paths begin with it.
  refuseFaults(Array.isArray(body) ? faults : faults.map(({ path, text }) => ({ path: path.slice(1), text })))
  return rules as readonly JsonFaultRule[]
}

function refuseFaults(faults: readonly PathFault[]): void {
  const texts = faults.map(({ path, text }) => `${showPath(path)}: ${text}`)
  if (texts.length > 0) throw new RequestFault(400, texts)
}

function mint(
  sandbox: Pick<Sandbox, 'mintToken' | 'world'>,
  { withoutClaims = [], claims, ...options }: TokenRequest,
): string {
  const fault = mintingFault(sandbox.world.config, options)
  if (fault !== undefined) throw new RequestFault(400, [`issuer: ${fault}`])
  const left = Object.fromEntries(withoutClaims.map((name) => [name, undefined]))
  return sandbox.mintToken({ ...options, claims: { ...claims, ...left } })
}

/** A fault of a stand-in that there is not would never befall anything. */
function refuseImpossibleRules(rules: readonly JsonFaultRule[], { standIns }: Pick<Sandbox, 'standIns'>): void {
  const names = standIns.map(({ name }) => name)
  const faults = rules.flatMap((rule) => {
    const isKnown = rule.standIn === undefined || names.includes(rule.standIn)
    const noStandIn = isKnown
      ? []
      : [`standIn: there is no "${rule.standIn}"; ${suggestion(rule.standIn ?? '', names)}`]
    return [...noStandIn, ...(isPattern(rule) ? [] : ['path.pattern: not a regular expression'])]
  })
  if (faults.length > 0) throw new RequestFault(400, faults)
}

function isPattern(rule: JsonFaultRule): boolean {
  try {
    return asRule(rule) !== undefined
  } catch {
    return false
  }
}

/** One entry a line: first what there is, then, to followers, each as it is booked. */
function streamJournal(journal: WatchedJournal, response: ServerResponse, isFollowed: boolean): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' })
  // A follower learns at once that it is heard, also where there is nothing yet.
  response.flushHeaders()
  const write = (entry: TimedEntry): void => void response.write(`${JSON.stringify(entry)}\n`)
  for (const entry of journal.entries) write(entry)
  if (!isFollowed) return void response.end()
  response.once('close', journal.watch(write))
}
