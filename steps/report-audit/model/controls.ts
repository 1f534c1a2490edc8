import type { Control, Counts, Entry, Finding, ReportedIdentity, ReportedImage, Starter } from './report.ts'

/** What the controls are answered from. */
export type ControlFacts = {
  readonly counts: Counts
  readonly entries: readonly Entry[]
  readonly identities: readonly ReportedIdentity[]
  readonly images: readonly ReportedImage[]
  readonly startedBy: readonly Starter[]
  readonly findings: readonly Finding[]
}

type Answer = Pick<Control, 'state' | 'text'>
type Question = (facts: ControlFacts) => Answer

const nothing = (text: string): Answer => ({ state: 'nothing', text })
const answer = (isShown: boolean, shown: string, gap: string): Answer =>
  isShown ? { state: 'shown', text: shown } : { state: 'gap', text: gap }
const has = ({ findings }: ControlFacts, ...codes: readonly Finding['code'][]): boolean =>
  findings.some(({ code }) => codes.includes(code))
const count = (number: number, one: string): string => `${number} ${one}${number === 1 ? '' : 's'}`

const identified: Question = (facts) =>
  facts.entries.length === 0
    ? nothing('No step acted in this run.')
    : answer(
        !has(facts, 'identity-differs'),
        `Each action names who acted: ${count(facts.identities.length, 'identity').replace('identitys', 'identities')} in ${count(facts.entries.length, 'record')}.`,
        'The token of an action was of another service account than its TaskRun.',
      )

const federated: Question = ({ entries }) => {
  const tokens = entries.flatMap((entry) => entry.tokens)
  if (tokens.length === 0) return nothing('No token was obtained in this run.')
  const endless = tokens.filter(({ expiresAt }) => Number.isNaN(Date.parse(expiresAt)))
  return answer(
    endless.length === 0,
    `${count(tokens.length, 'credential')}, each by federation from the pod's own token and with an end; no stored secret.`,
    `${count(endless.length, 'credential')} of ${tokens.length} without a known end.`,
  )
}

const decided: Question = ({ entries }) => {
  const refused = entries.filter(({ outcome }) => outcome === 'refused')
  const gates = entries.filter(({ program, outcome }) => program === 'verify-access' && outcome === 'ok')
  if (refused.length + gates.length === 0) return nothing('Nothing was refused, and no gate decided, in this run.')
  return {
    state: 'shown',
    text: `${count(gates.length, 'gate')} let somebody through by an app role in Entra; ${count(refused.length, 'attempt')} refused.`,
  }
}

const recorded: Question = (facts) =>
  answer(
    !has(facts, 'record-missing', 'record-doubled', 'record-unknown', 'pod-doubled', 'task-run-missing', 'unread'),
    `${count(facts.counts.records, 'record')} for ${count(facts.counts.steps, 'step')} that Tekton ran.`,
    'Records and Tekton’s own list do not agree; see the findings.',
  )

const intact: Question = (facts) => {
  const { records, verified } = facts.counts
  if (records === 0) return nothing('There is no record.')
  const isIntact = !has(facts, 'record-altered', 'record-unreadable', 'record-unattested')
  return answer(
    isIntact,
    `${verified} of ${records} compared with the SHA-256 in the TaskRun's results, none altered.`,
    `${verified} of ${records} agree with the SHA-256 in the TaskRun's results; see the findings.`,
  )
}

const watched: Question = (facts) => {
  const { refused } = facts.counts
  return answer(
    !has(facts, 'undelivered', 'pod-missing'),
    `${count(refused, 'refused attempt')} listed with the other side's words; no record failed to reach its sink.`,
    'A record did not reach its sink, or a pod is gone with its log.',
  )
}

const changed: Question = ({ images, startedBy }) => {
  if (images.length === 0) return nothing('No image was pushed in this run.')
  const known = startedBy.filter(({ kind }) => kind !== 'unknown')
  const claimed = known.every(({ strength }) => strength === 'claimed') ? ', as far as the object claims' : ''
  return answer(
    known.length > 0,
    `${count(images.length, 'image')} pushed, each by digest, with who started the run${claimed}.`,
    `${count(images.length, 'image')} pushed, and nothing says who started the run.`,
  )
}

/** The controls in our own words; their texts are AICPA's (Trust Services Criteria 2017, points of focus 2022) and ISO's (27001:2022 Annex A). */
const controls: readonly (readonly [Control['framework'], id: string, title: string, question: Question])[] = [
  ['SOC 2', 'CC6.1', 'Access is restricted to identities that were authenticated', identified],
  ['SOC 2', 'CC6.2', 'Credentials are issued to who is authorized, and end', federated],
  ['SOC 2', 'CC6.3', 'Access follows roles, and is refused to all others', decided],
  ['SOC 2', 'CC7.2', 'Systems are monitored: actions are recorded, all of them', recorded],
  ['SOC 2', 'CC7.3', 'Events are looked at, refused ones among them', watched],
  ['SOC 2', 'CC8.1', 'Changes are made by who may, and can be traced', changed],
  ['ISO 27001', 'A.5.15', 'Access control', decided],
  ['ISO 27001', 'A.5.16', 'Identity management', identified],
  ['ISO 27001', 'A.5.17', 'Authentication information', federated],
  ['ISO 27001', 'A.5.28', 'Collection of evidence', recorded],
  ['ISO 27001', 'A.5.33', 'Protection of records', intact],
  ['ISO 27001', 'A.8.5', 'Secure authentication', federated],
  ['ISO 27001', 'A.8.15', 'Logging', recorded],
  ['ISO 27001', 'A.8.16', 'Monitoring activities', watched],
  ['ISO 27001', 'A.8.32', 'Change management', changed],
]

/** What this run shows for each control. Evidence, not an opinion: whether a control is met is the auditor's to say. */
export function controlsOf(facts: ControlFacts): readonly Control[] {
  return controls.map(([framework, id, title, question]) => ({ framework, id, title, ...question(facts) }))
}
