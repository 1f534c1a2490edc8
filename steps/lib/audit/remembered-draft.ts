import type { RecordDraft } from './record.ts'

/** What a piece of work has told a record, to be told to others. */
export type Remembered = {
  readonly draft: RecordDraft
  /** Tells another record all of it. */
  readonly retell: (onto: RecordDraft) => void
}

/** A record that is never finished: what one exchange was becomes part of every record of what it gave. */
export function rememberDraft(): Remembered {
  const told: ((onto: RecordDraft) => void)[] = []
  const remember = (tell: (onto: RecordDraft) => void) => void told.push(tell)
  const draft: RecordDraft = {
    identity: (known) => remember((onto) => onto.identity(known)),
    action: (known) => remember((onto) => onto.action(known)),
    token: (kind, token) => remember((onto) => onto.token(kind, token)),
    request: (service, id) => remember((onto) => onto.request(service, id)),
    forSource: () => {
      throw new TypeError('what is remembered has one identity')
    },
    finish: () => {
      throw new TypeError('what is remembered is told to a record, which is finished')
    },
  }
  return {
    draft,
    retell: (onto) => {
      for (const tell of told) tell(onto)
    },
  }
}
