import type { Fault } from '../core/errors.ts'
import { eventModes, type EventMode } from '../sink/event-message.ts'
import { envName, sidedName, sinkKeys } from './define-step.ts'
import { placedUrl, sinkPlace, type SinkPlace } from './sink-place.ts'

type SinkKey = (typeof sinkKeys)[number]
type Env = Readonly<Record<string, string | undefined>>

const failures = ['fail', 'warn'] as const
const flags = ['true', 'false'] as const

/** Where the records of a step go beside standard output. */
export type SinkSettings = {
  readonly url: URL
  readonly place: SinkPlace
  readonly mode: EventMode
  /** Entra resource whose token goes along; undefined: the sink asks for none. */
  readonly resource: string | undefined
  /** What a record that could not be delivered does to the step. */
  readonly failure: (typeof failures)[number]
}

/** What a query may hold: it is logged, and stands in a ConfigMap, so a key has no place in it. */
const apiVersion = /^\?api-version=[\w.-]{1,40}$/

/** Reads the profile's sink; undefined when it names none, or when there are faults. Of a step that acts as two it is the profile of `side`. */
export function readSinkSettings(env: Env, faults: Fault[], side?: string): SinkSettings | undefined {
  const profile = profileName(env, sidedName(side, 'identity'))
  const key = (name: SinkKey): string => (env[envName('PROFILE', name)] ?? '').trim()
  const fault = (name: SinkKey, expected: string, got = key(name)) =>
    void faults.push({ param: `${name} (profile ${profile})`, got, expected })
  const choose = <const T extends string>(name: SinkKey, values: readonly [T, ...T[]]): T => {
    const found = values.find((value) => value === key(name))
    if (found === undefined && key(name) !== '') fault(name, `one of ${values.join(', ')}`)
    return found ?? values[0]
  }
  const before = faults.length
  if (key('record-sink') === '') {
    const alone = sinkKeys.filter((name) => key(name) !== '')
    for (const name of alone) fault(name, 'record-sink beside it: without a sink it says nothing, and no record leaves')
    return undefined
  }
  const [mode, failure] = [choose('record-sink-mode', eventModes), choose('record-sink-failure', failures)]
  const isPlainAllowed = choose('record-sink-plain-http', ['false', ...flags]) === 'true'
  const resource = key('record-sink-resource') || undefined
  if (resource !== undefined && !/^[^\s]{1,512}$/.test(resource))
    fault('record-sink-resource', 'an application ID URI such as api://audit, or a client id')
  const url = URL.parse(key('record-sink'))
  const expected = urlFault(key('record-sink'), url, isPlainAllowed)
  // Never shown: what is wrong with it may be that it holds a password or a key.
  if (expected !== undefined) fault('record-sink', expected, 'something else')
  else if (url?.protocol === 'http:' && resource !== undefined)
    fault('record-sink-resource', 'no resource: over plain http no token is sent')
  if (faults.length > before || url === null) return undefined
  const place = sinkPlace(url)
  if (typeof place === 'string') {
    fault('record-sink', place, url.href)
    return undefined
  }
  faults.push(...placeFaults(place, { env, side, profile, isGiven: (name) => key(name) !== '' }))
  return faults.length > before ? undefined : { url: placedUrl(url, place), place, mode, failure, resource }
}

type Around = {
  readonly env: Env
  readonly side: string | undefined
  readonly profile: string
  readonly isGiven: (name: SinkKey) => boolean
}

/** What such a place makes no use of, and what it needs beside. */
function placeFaults(place: SinkPlace, { env, side, profile, isGiven }: Around): Fault[] {
  if (place.kind === 'events') return []
  const what = place.kind === 'bucket' ? 'a bucket' : 'a data collection rule'
  const idle = (['record-sink-mode', 'record-sink-resource', 'record-sink-plain-http'] as const).filter(isGiven)
  const role = sidedName(side, 'aws-role-arn')
  const hasRole = [envName('PARAM', role), envName('PROFILE', role)].some((name) => (env[name] ?? '').trim() !== '')
  return [
    ...idle.map((name) => ({
      param: `${name} (profile ${profile})`,
      got: (env[envName('PROFILE', name)] ?? '').trim(),
      expected: `nothing: ${what} makes no use of it`,
    })),
    ...(place.kind === 'rule' || hasRole
      ? []
      : [{ param: role, got: 'nothing', expected: `the role that writes to the record sink, which is ${what}` }]),
  ]
}

function urlFault(text: string, url: URL | null, isPlainAllowed: boolean): string | undefined {
  const example = 'a URL such as https://audit.example/events'
  // As text, too: a URL drops line ends and tabs wherever they stand.
  if (url === null || !/^https?:\/\/[!-~]{1,1000}$/i.test(text)) return example
  if (url.protocol === 'http:' && !isPlainAllowed)
    return `${example}; plain http only with record-sink-plain-http: "true", for an address inside the cluster`
  if (url.username !== '' || url.password !== '') return `${example}, without a user name and password`
  if (url.hash !== '' || (url.search !== '' && !apiVersion.test(url.search)))
    return `${example}, without a fragment, and with no query but ?api-version=…: a key has no place in a profile`
  return undefined
}

/** The settings as they are printed with the inputs. */
export function effectiveSink(settings: SinkSettings | undefined): { name: string; value: string; from: string }[] {
  if (settings === undefined) return []
  const values: Partial<Record<SinkKey, string>> = {
    'record-sink': settings.url.href,
    ...(settings.place.kind === 'events' ? { 'record-sink-mode': settings.mode } : {}),
    ...(settings.resource === undefined ? {} : { 'record-sink-resource': settings.resource }),
    'record-sink-failure': settings.failure,
  }
  return Object.entries(values).map(([name, value]) => ({ name, value, from: 'profile' }))
}

/** Without the param (a StepAction's user may have blanked it) it is the name that every Task has for a default. */
export function profileName(env: Env, param: string): string {
  return env[envName('PARAM', param)]?.trim() || 'entra-identity'
}
