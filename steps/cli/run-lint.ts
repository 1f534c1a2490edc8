import { exits } from './cli-error.ts'
import type { Given } from './command.ts'
import type { Finding } from './lint/finding.ts'
import { readInterfaces } from './lint/interface.ts'
import { lint, type Linted } from './lint/lint.ts'
import { readFiles } from './lint/read-files.ts'
import { messageOf, sarifOf } from './lint/sarif.ts'
import { logOf, print, printJson } from './print.ts'

/** Checks files; the exit status says whether anything was found. */
export async function runLint(given: Given, host: NodeJS.Process): Promise<number> {
  const linted = lint(await readFiles(given.positionals, host.stdin), readInterfaces())
  const form = given.text('output')
  if (form === 'json') await printJson(host, linted)
  else if (form === 'sarif') await printJson(host, sarifOf(linted.findings))
  else await print(host, linted.findings.map(asText).join(''))
  logOf(host).line('linted', summaryOf(linted))
  return linted.findings.length === 0 ? 0 : exits.findings
}

function asText(one: Finding): string {
  return `${one.file}:${one.line}:${one.column}: ${one.severity} ${one.rule}: ${messageOf(one)}\n`
}

function summaryOf({ files, objects, calls, findings }: Linted): string {
  const counts = [
    [files, 'file'],
    [objects, 'Tekton object'],
    [calls, 'call of ours'],
    [findings.length, 'finding'],
  ] as const
  return counts
    .map(([count, what]) => `${count} ${count === 1 ? what : what.replace(/^\S+( object)?/, '$&s')}`)
    .join(', ')
}
