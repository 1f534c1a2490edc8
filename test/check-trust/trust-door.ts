import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Row } from '../../steps/lib/trust/row.ts'
import type { Verdict } from '../../steps/lib/trust/verdict.ts'
import type { FrontDoor, FrontDoorResult, Variation } from '../push-image/front-door.ts'
import { example } from '../sandbox/example-cloud.ts'

/** The repositories of the example, without tags. */
export const ecrPlace = `${example.ecrHost}/${example.repository}`
export const acrPlace = `${example.acrHost}/${example.repository}`

/** One run, with the verdict that it wrote. */
export type Checked = FrontDoorResult & { readonly verdict: Verdict | undefined }

/** How a check differs from the usual one. */
export type CheckVariation = Variation & {
  /** Text of the file that `trust-policy` names. */
  readonly policyText?: string
}

/** Runs `check-trust` as its YAML wires it, on everything that the example has. */
export async function checkTrust(door: FrontDoor, variation: CheckVariation = {}): Promise<Checked> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-check-'))
  try {
    const report = join(folder, 'verdict.json')
    const policy = join(folder, 'trust-policy.json')
    if (variation.policyText !== undefined) await writeFile(policy, variation.policyText)
    const result = await door.call({
      ...variation,
      task: 'check-trust',
      params: {
        images: [ecrPlace, acrPlace],
        'report-file': report,
        ...(variation.policyText === undefined ? {} : { 'trust-policy': policy }),
        ...variation.params,
      },
    })
    const text = await readFile(report, 'utf8').catch(() => undefined)
    return { ...result, verdict: text === undefined ? undefined : (JSON.parse(text) as Verdict) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Rows of one standing as `check:cause`, in their order. */
export function standing({ verdict }: Checked, which: Row['standing']): string[] {
  const rows = verdict?.rows ?? []
  return rows.filter((row) => row.standing === which).map(({ check, cause }) => `${check}:${cause}`)
}
