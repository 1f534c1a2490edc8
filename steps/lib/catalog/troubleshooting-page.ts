import { errorRow, errorTable, type ErrorCode } from '../core/error-table.ts'

const retryTexts = {
  never: 'not retried',
  transient: 'retried with back-off',
  propagation: 'retried within `propagation-wait`',
  keys: 'retried up to three times in ten seconds',
  reread: 'retried once with the token read anew',
} as const

/** The troubleshooting page: one anchor per error code, from the error table. */
export function troubleshootingPage(): string {
  const codes = Object.keys(errorTable)
    .filter((code): code is ErrorCode => code in errorTable)
    .toSorted()
  return [
    '<!-- Generated from steps/lib/core/error-table.ts by `npm run generate`. Do not edit. -->',
    '# Troubleshooting',
    '',
    'A step that fails prints its error code, what it sent, the other side’s own words, and what to do. This page lists all codes.',
    '`<words>` stand for the values of your run. Exit statuses: 64 the call must be changed, 77 refused, 75 try again later, 74 a file could not be written, 70 our fault, 143 cancelled.',
    '',
    ...codes.flatMap(section),
  ].join('\n')
}

function section(code: ErrorCode): string[] {
  const row = errorRow(code)
  const sent = row.sent === undefined ? [] : [`Shown with it: ${row.sent.join(', ')}.`, '']
  return [
    `## ${code}`,
    '',
    plain(row.what),
    '',
    `Exit status ${row.exit}, ${retryTexts[row.retry]}.`,
    '',
    ...sent,
    '```text',
    row.remedy,
    '```',
    '',
  ]
}

/** Placeholders as code, so that Markdown does not take them for HTML. */
function plain(text: string): string {
  return text.replace(/<([^<>]+)>/g, '`<$1>`')
}
