import { rules } from './rules.ts'

/** The table of all rules for the page beside this file. */
export function rulesTable(): string {
  const rows = Object.entries(rules).map(
    ([id, { severity, summary, mend }]) => `| \`${id}\` | ${severity} | ${summary} | ${mend} |`,
  )
  return ['| rule | severity | what is found | how to mend it |', '| --- | --- | --- | --- |', ...rows].join('\n')
}
