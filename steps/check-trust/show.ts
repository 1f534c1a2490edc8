import type { Log } from '../lib/step/log.ts'
import { troubleshootingUrl } from '../lib/step/log.ts'
import type { Row } from '../lib/trust/row.ts'
import { formNames } from '../lib/trust/set-up/join.ts'
import { forms, type SetUp } from '../lib/trust/set-up/set-up.ts'
import type { Verdict } from '../lib/trust/verdict.ts'

/** The table, a line a row; then for each row that is not as it should be what to create, in every form. */
export function showVerdict(log: Log, { verdict, rows }: Verdict): void {
  for (const { check, about, standing, text } of rows) log.line(standing, `${check}  ${about}: ${text}`)
  log.line('verdict', verdict)
  const shown = new Set<SetUp>()
  for (const row of rows) showRemedy(log, row, shown)
}

function showRemedy(log: Log, { check, about, cause, code, advice, create = [] }: Row, shown: Set<SetUp>): void {
  if (advice === undefined && create.length === 0) return
  log.line('for', `${check}  ${about}: ${cause}`)
  if (advice !== undefined) log.line('do', advice)
  for (const thing of create) showThing(log, thing, shown)
  if (code !== undefined) log.line('see', `${troubleshootingUrl}#${code.toLowerCase()}`)
}

function showThing(log: Log, thing: SetUp, shown: Set<SetUp>): void {
  const { title, forms: texts } = thing
  if ([...shown].some((one) => one.title === title)) return log.line('create', `${title} (as above)`)
  shown.add(thing)
  log.line('create', title)
  for (const form of forms) {
    const text = texts[form]
    if (text !== undefined) log.line('', `${formNames[form]}:\n${indented(text)}`)
  }
}

/** Lines that begin with blanks are never wrapped: what is pasted stays whole. */
function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')
}
