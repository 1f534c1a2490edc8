import { findingTable, type FindingCode } from './finding-table.ts'
import type { Finding } from './report.ts'

/** Makes a finding of its kind. */
export function finding(code: FindingCode, where: string, text: string): Finding {
  return { code, ...findingTable[code], where, text }
}
