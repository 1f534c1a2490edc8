import { pathToFileURL } from 'node:url'
import { isAbsolute, sep } from 'node:path'
import { version } from '../../lib/core/version.ts'
import type { Finding } from './finding.ts'
import { rules } from './rules.ts'

const page = 'https://github.com/tekton-entra/tekton-entra/blob/main/steps/cli/lint/README.md'

/** Findings as one run of SARIF 2.1.0 (OASIS, sarif-v2.1.0-os), which code-scanning services take. */
export function sarifOf(findings: readonly Finding[]) {
  const ids = Object.keys(rules)
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tekton-entra lint',
            version,
            informationUri: page,
            rules: Object.entries(rules).map(([id, { severity, summary, mend }]) => ({
              id,
              shortDescription: { text: summary },
              help: { text: mend },
              helpUri: page,
              defaultConfiguration: { level: severity },
            })),
          },
        },
        // Columns here are counted as editors count them.
        columnKind: 'utf16CodeUnits',
        results: findings.map((one) => ({
          ruleId: one.rule,
          ruleIndex: ids.indexOf(one.rule),
          level: one.severity,
          message: { text: messageOf(one) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: uriOf(one.file) },
                region: { startLine: one.line, startColumn: one.column },
              },
            },
          ],
        })),
      },
    ],
  }
}

/** What is wrong, in one sentence for people. */
export function messageOf({ where, got, expected, mend }: Finding): string {
  return `${where}: got ${got}, expected ${expected}${/[.?]$/.test(expected) ? '' : '.'} ${mend}`
}

/** Relative as it was named, which is what services join to the root of the repository. */
function uriOf(file: string): string {
  if (isAbsolute(file)) return pathToFileURL(file).href
  return file.split(sep).map(encodeURIComponent).join('/')
}
