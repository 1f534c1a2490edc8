import { errorRow } from '../core/error-table.ts'
import type { Findings } from './findings.ts'
import { judgeAws } from './judge-aws.ts'
import { judgeEntra } from './judge-entra.ts'
import { judgeIssuer } from './judge-issuer.ts'
import { judgePushes } from './judge-push.ts'
import { judgeTokens } from './judge-token.ts'
import { checks, type Row, type Standing } from './row.ts'

/** How the trust stands as a whole. `undecided`: what failed promises better times, a cloud was not reached. */
export type Word = 'trusted' | 'weak' | 'broken' | 'undecided'

/** All rows in the order of the way from the pod to the registries, and what they come to. */
export type Verdict = { readonly verdict: Word; readonly rows: readonly Row[] }

/** What findings come to. Asks nobody anything. */
export function judge({ tokens, issuers, entra, aws, pushes }: Findings): Verdict {
  const tokenFailed = (shownTo: string) => tokens.some((one) => one.shownTo === shownTo && 'error' in one.token)
  const isAccepted = {
    Entra: entra?.proof === 'cluster' && entra.exchanges.some(({ result }) => 'got' in result),
    AWS: aws !== undefined && 'got' in aws.session,
  }
  const judged = issuers.map((issuer) => {
    const rows = judgeIssuer(
      issuer,
      issuer.readBy.every((reader) => isAccepted[reader]),
    )
    return { readBy: issuer.readBy, rows, failed: rows.some(({ standing }) => standing === 'failed') }
  })
  const issuerFailed = (reader: 'Entra' | 'AWS') =>
    judged.some(({ readBy, failed }) => failed && readBy.includes(reader))
  const rows = [
    ...judgeTokens(tokens),
    ...judged.flatMap((one) => one.rows),
    ...(entra === undefined
      ? []
      : judgeEntra(entra, { tokenFailed: tokenFailed('Entra'), issuerFailed: issuerFailed('Entra') })),
    ...(aws === undefined ? [] : judgeAws(aws, issuerFailed('AWS'))),
    ...judgePushes(pushes, { role: aws?.worker, sessionFailed: aws !== undefined && 'error' in aws.session }),
  ]
  const ordered = rows.toSorted((one, other) => checks.indexOf(one.check) - checks.indexOf(other.check))
  return { verdict: wordOf(ordered), rows: ordered }
}

/** Exit status 75 of an issuer that cannot be asked is not the clouds' own trouble. */
const ownFaults: ReadonlySet<string> = new Set(['ENTRA_ISSUER_UNREACHABLE', 'AWS_KEYS_UNREACHABLE'])

function wordOf(rows: readonly Row[]): Word {
  const failed = rows.filter(({ standing }) => standing === 'failed')
  const passing = failed.filter(({ code }) => code !== undefined && !ownFaults.has(code) && errorRow(code).exit === 75)
  if (failed.length > passing.length) return 'broken'
  if (failed.length > 0) return 'undecided'
  return rows.some(({ standing }) => standing === 'weak') ? 'weak' : 'trusted'
}

/** Names of what stands so: `exchange:entra-role-not-assigned`, each once. */
export function namesOf({ rows }: Verdict, standing: Standing): readonly string[] {
  return [...new Set(rows.filter((row) => row.standing === standing).map(({ check, cause }) => `${check}:${cause}`))]
}

/** Such names in a text of at most `longest` characters, for a result: Tekton has little room for all of them. */
export function shortNames(verdict: Verdict, standing: Standing, longest = 200): string {
  const names = namesOf(verdict, standing)
  const whole = names.join(',')
  if (whole.length <= longest) return whole
  const fitting = names.filter((_, at) => names.slice(0, at + 1).join(',').length <= longest - 5)
  return [...fitting, `+${names.length - fitting.length}`].join(',')
}
