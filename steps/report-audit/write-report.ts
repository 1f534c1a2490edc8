import { createHash } from 'node:crypto'
import { HeldFolder } from '../lib/oci/store/held-folder.ts'
import { replaceFile } from '../lib/oci/store/replace-file.ts'
import type { Report } from './model/report.ts'
import { auditPage } from './page/page.ts'

/** What the files of a report are called. */
export const reportFiles = { json: 'audit-report.json', page: 'audit-report.html' } as const

/** Writes a report as JSON and as a page, each whole or not at all; gives the SHA-256 of the JSON. Throws STORE_*. */
export async function writeReport(path: string, report: Report): Promise<string> {
  const json = Buffer.from(`${JSON.stringify(report, undefined, 2)}\n`)
  const sha256 = createHash('sha256').update(json).digest('hex')
  await using folder = await HeldFolder.open(path)
  await replaceFile(folder, reportFiles.json, json)
  await replaceFile(folder, reportFiles.page, Buffer.from(auditPage(report, { sha256 })))
  return sha256
}
