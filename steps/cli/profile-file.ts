import { parseDocument } from 'yaml'

/** Keys of an identity profile. */
export type Profile = Readonly<Record<string, string>>

/** Reads an identity profile: a ConfigMap, or its keys alone; JSON or YAML. Faults are told into the list. */
export function readProfile(file: string, text: string, faults: string[]): Profile {
  const document = parseDocument(text)
  if (document.errors.length > 0) {
    faults.push(...document.errors.map(({ message }) => `${file}: ${message.split('\n')[0] ?? ''}`))
    return {}
  }
  const value: unknown = document.toJS()
  const data = isMapping(value) && value['kind'] === 'ConfigMap' ? (value['data'] ?? {}) : value
  if (!isMapping(data)) {
    faults.push(`${file}: expected a ConfigMap, or its keys`)
    return {}
  }
  // A ConfigMap holds texts only: the cluster would refuse an account id without quotes.
  const wrong = Object.entries(data).filter(([, entry]) => typeof entry !== 'string')
  faults.push(...wrong.map(([key]) => `${file}: ${key}: expected a text (put it in quotes)`))
  return Object.fromEntries(Object.entries(data).map(([key, entry]) => [key, String(entry)]))
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
