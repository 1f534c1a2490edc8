import { accessRows } from './errors/access-rows.ts'
import { approvalRows } from './errors/approval-rows.ts'
import { auditRows } from './errors/audit-rows.ts'
import { awsRows } from './errors/aws-rows.ts'
import { brokerRows } from './errors/broker-rows.ts'
import { ecrRows } from './errors/ecr-rows.ts'
import { ecrImageRows } from './errors/ecr-image-rows.ts'
import { entraRows } from './errors/entra-rows.ts'
import { handOverRows } from './errors/hand-over-rows.ts'
import { identityRows } from './errors/identity-rows.ts'
import { kubernetesRows } from './errors/kubernetes-rows.ts'
import { layoutRows } from './errors/layout-rows.ts'
import { networkRows } from './errors/network-rows.ts'
import { registryRows } from './errors/registry-rows.ts'
import { registrySourceRows } from './errors/registry-source-rows.ts'
import type { ErrorRow } from './errors/row.ts'
import { scriptRows } from './errors/script-rows.ts'
import { sinkRows } from './errors/sink-rows.ts'
import { storeRows } from './errors/store-rows.ts'
import { stepRows } from './errors/step-rows.ts'
import { tokenRows } from './errors/token-rows.ts'
import { trustRows } from './errors/trust-rows.ts'

/** Every error that a step can end with: code → what happened, remedy, exit status, retry class. The troubleshooting page is made from it. */
export const errorTable = {
  ...stepRows,
  ...sinkRows,
  ...tokenRows,
  ...entraRows,
  ...awsRows,
  ...identityRows,
  ...ecrRows,
  ...ecrImageRows,
  ...registryRows,
  ...registrySourceRows,
  ...layoutRows,
  ...handOverRows,
  ...storeRows,
  ...scriptRows,
  ...accessRows,
  ...approvalRows,
  ...kubernetesRows,
  ...brokerRows,
  ...auditRows,
  ...trustRows,
  ...networkRows,
} as const

export type ErrorCode = keyof typeof errorTable

type Placeholders<T extends string> = T extends `${string}<${infer Name}>${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

type RowPlaceholders<R extends ErrorRow> =
  | Placeholders<R['what']>
  | Placeholders<R['remedy']>
  | (R extends { sent: readonly (infer S extends string)[] } ? S : never)

/** The values that a call site must give with a code: one for each `<name>` in the row's texts and each name in `sent`. */
export type ErrorValues<C extends ErrorCode> = { readonly [N in RowPlaceholders<(typeof errorTable)[C]>]: string }

/** The row of a code, widened for code that treats all rows alike. */
export function errorRow(code: ErrorCode): ErrorRow {
  return errorTable[code]
}
