import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { root } from '../contract/repository.ts'

/** What tests look at in an audit record. */
export type AuditRecord = {
  readonly id: string
  readonly source: string
  readonly subject: string
  readonly data: {
    readonly outcome: string
    readonly pod: Readonly<Record<string, string>>
    readonly run: Readonly<Record<string, string>>
    readonly identity: Readonly<Record<string, string>>
    readonly sourceIdentity?: Readonly<Record<string, string>>
    readonly action: Readonly<Record<string, unknown>>
    readonly tokens: readonly {
      readonly kind: string
      readonly id: string
      readonly sha256: string
      readonly audience: string
      readonly expiresAt: string
    }[]
    readonly requests: readonly { readonly service: string; readonly id: string }[]
    readonly error?: {
      readonly code: string
      readonly ids?: Readonly<Record<string, string>>
      readonly upstreamCode?: string
    }
  }
}

const ajv = new Ajv2020({ strict: true, allErrors: true })
// The package is CommonJS: its default export is the function itself, whichever way it is loaded.
const withFormats = addFormats as unknown as (instance: Ajv2020) => void
withFormats(ajv)
const validate = ajv.compile(JSON.parse(readFileSync(`${root}/steps/lib/audit/record.schema.json`, 'utf8')))

/** The one line on standard output, checked against the published schema. Throws when there is more or less, or it does not fit. */
export function parseRecord(stdout: string): AuditRecord {
  const lines = stdout.split('\n')
  if (lines.length !== 2 || lines[1] !== '')
    throw new Error(`standard output must hold one line, it holds ${JSON.stringify(stdout)}`)
  const line = lines[0] ?? ''
  if (Buffer.byteLength(line) >= 16 * 1024)
    throw new Error('the record is longer than a container runtime keeps on one line')
  const record: unknown = JSON.parse(line)
  if (!validate(record)) throw new Error(`the record does not fit its schema: ${ajv.errorsText(validate.errors)}`)
  return record as AuditRecord
}
