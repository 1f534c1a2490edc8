import { createHash } from 'node:crypto'

/** What of an event a sink files it under. */
export type EventParts = {
  readonly id: string
  readonly source: string
  readonly type: string
  readonly subject: string
  readonly time: string
  /** Hex, of the line as it is printed. */
  readonly sha256: string
}

/** Reads the attributes of an event that was made here; one that is not there is `''`. */
export function eventParts(event: string): EventParts {
  const attributes: unknown = JSON.parse(event)
  const text = (name: string): string => {
    const value: unknown = Reflect.get(Object(attributes), name)
    return typeof value === 'string' ? value : ''
  }
  return {
    id: text('id'),
    source: text('source'),
    type: text('type'),
    subject: text('subject'),
    time: text('time'),
    sha256: createHash('sha256').update(event).digest('hex'),
  }
}
