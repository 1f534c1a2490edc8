import type { Comparison, Verdict } from './compare.ts'

/** What a short run came to, its last line as test/reporter.ts has it. */
export function verdictText({ passed, failed, skipped }: Verdict): string {
  const lines = [
    ...passed.map((one) => `ok       ${shown(one)}`),
    ...failed.map((one) => `failed   ${shown(one)}: more than twice as bad`),
    ...skipped.map((name) => `skipped  ${name}: nothing to compare with`),
    `${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`,
  ]
  return `${lines.join('\n')}\n`
}

function shown({ row, sink, against, now, before }: Comparison): string {
  return `${row}, ${sink}: ${now.toFixed(2)} × ${against}, ${before.toFixed(2)} × committed`
}
