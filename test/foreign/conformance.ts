import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './cloud.ts'
import { toolPath } from './tools.ts'

/** How one case of OCI's suite came out, and what the suite says of it. */
export type ConformanceCase = { readonly name: string; readonly status: string; readonly why: string }

/** Runs opencontainers/distribution-spec's conformance suite with these variables of its own (`OCI_…`) and of the way there. */
export async function runConformance(variables: Readonly<Record<string, string>>): Promise<readonly ConformanceCase[]> {
  const folder = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    // Else it would read one from the folder that the tests run in.
    await writeFile(join(folder, 'oci.yaml'), '{}')
    const ended = await runProgram(toolPath('conformance'), [], {
      OCI_VERSION: '1.1',
      OCI_RESULTS_DIR: folder,
      OCI_CONFIGURATION: join(folder, 'oci.yaml'),
      ...variables,
    })
    const report = await readFile(join(folder, 'junit.xml'), 'utf8').catch(() => '')
    const cases = [
      ...report.matchAll(/<testcase name="([^"]*)"[^>]* status="([^"]*)"[^>]*?(?:\/>|>(.*?)<\/testcase>)/gs),
    ]
    if (cases.length === 0) throw new Error(`the suite wrote no report: ${ended.stderr}${ended.stdout}`)
    return cases.map(([, name = '', status = '', inside = '']) => ({
      name: shorten(name),
      status,
      why: reasonIn(inside),
    }))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const shorten = (name: string): string => name.replace(/^OCI Conformance Test\//, '').replaceAll('&#34;', '"')
const reasonIn = (inside: string): string => /<system-out>(.*?)<\/system-out>/s.exec(inside)?.[1] ?? ''

/** A difference that a product has from the suite's ideal, and why that is right. */
export type Difference = {
  readonly cases: RegExp
  readonly status: 'skipped' | 'failure'
  /** What the suite says of such a case, in part. */
  readonly says: string
  readonly because: string
}

/** What came out otherwise than passed or expected, and expectations that nothing met: both are empty when all is well. */
export function compareCases(
  cases: readonly ConformanceCase[],
  differences: readonly Difference[],
): { readonly surprises: readonly string[]; readonly stale: readonly string[] } {
  const meets = (one: ConformanceCase, { cases: pattern, says, status }: Difference): boolean =>
    pattern.test(one.name) && one.status === status && one.why.includes(says)
  const odd = cases.filter(({ status }) => status !== 'passed')
  return {
    surprises: odd
      .filter((one) => !differences.some((difference) => meets(one, difference)))
      .map(({ name, status, why }) => `${name}: ${status}: ${why.trim()}`),
    stale: differences
      .filter((difference) => !odd.some((one) => meets(one, difference)))
      .map(({ cases: pattern, because }) => `${pattern.source} (${because})`),
  }
}
