/**
 * What a script finds of zx. Not there is what a pod has no use for: a terminal (`question`, `spinner`, `stdin`), arguments (`argv`, `minimist`), a
 * folder for temporary files (`tmpdir`, `tmpfile`), secrets in files (`dotenv`), other shells. `fetch` is ours.
 */
export const zxNames = [
  '$',
  'cd',
  'within',
  'echo',
  'glob',
  'fs',
  'path',
  'os',
  'YAML',
  'chalk',
  'sleep',
  'retry',
  'expBackoff',
  'which',
  'quote',
  'ProcessOutput',
] as const

export type ZxName = (typeof zxNames)[number]

const words = zxNames.filter((name) => name !== '$').join('|')

/** `$` by itself, and not the `${` of a template. */
const named = new RegExp(String.raw`(?<![\w$])(?:${words})(?![\w$])|(?<![\w$])\$(?![\w$\{])`)

/** Whether a script may use zx: one that has none of its names anywhere need not wait for it to be loaded. */
export function mayUseZx(text: string): boolean {
  return named.test(text)
}
