import { credentialRefusals } from './credential-refusals.ts'
import { outageRefusals } from './outage-refusals.ts'
import { personRefusals } from './person-refusals.ts'
import type { RefusalRow } from './refusal-row.ts'
import { requestRefusals } from './request-refusals.ts'

/** An AADSTS number that the stand-in can answer. */
export type AadstsCode =
  | keyof typeof requestRefusals
  | keyof typeof credentialRefusals
  | keyof typeof personRefusals
  | keyof typeof outageRefusals

/** Every refusal of Entra's endpoints, by AADSTS number. */
export const refusals: Readonly<Record<AadstsCode, RefusalRow>> = {
  ...requestRefusals,
  ...credentialRefusals,
  ...personRefusals,
  ...outageRefusals,
}

/** A refusal with the values for its text. Holds no secret. */
export type Refusal = { readonly code: AadstsCode; readonly values: Readonly<Record<string, string>> }

/** A refusal of this number. */
export function refuse(code: AadstsCode, values: Readonly<Record<string, string>> = {}): Refusal {
  return { code, values }
}

/** HTTP status, `error` and the text of a refusal, without the ids that the answer appends. */
export function describeRefusal(refusal: Refusal): { status: number; error: string; text: string } {
  const { status, error, text } = refusals[refusal.code]
  const filled = text.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = refusal.values[name]
    if (value === undefined) throw new Error(`AADSTS${refusal.code} needs a value for ${name}`)
    return value
  })
  return { status, error, text: filled }
}
