import { brokenAws } from './broken-aws.ts'
import { brokenEntra, brokenIssuers } from './broken-entra.ts'
import { brokenRegistries } from './broken-registries.ts'
import { weakTrusts } from './weak-trusts.ts'

export { weakTrusts }

/** Every kind of broken trust that the tests make. The table of the README is this list. */
export const brokenTrusts = [...brokenIssuers, ...brokenEntra, ...brokenAws, ...brokenRegistries]

/** The table of the README: what was broken, the row and cause that name it, and what is printed to create. */
export function brokenTrustTable(): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const rows = [...brokenTrusts, ...weakTrusts].map(({ what, rows: named, create = [] }) => {
    const [check = '', cause = ''] = named[0]?.split(':') ?? []
    const made = create.map((title) => title.replace(/ of( api:.*)?$/, '')).join(', ')
    const weak = weakTrusts.some((one) => one.what === what)
    return [what, `${weak ? 'weak' : 'failed'}: \`${check}\``, `\`${cause}\``, made || 'in words']
  })
  return [
    line(['What is wrong', 'Row', 'Cause', 'To create']),
    line(['---', '---', '---', '---']),
    ...rows.map(line),
  ].join('\n')
}
