import type { ActedAs, Entry, Report } from '../model/report.ts'
import { html, when, type Html } from './html.ts'
import { badge, code, duration, instant, outcomeBadge, rows } from './words.ts'

const checks = {
  verified: ['record verified', 'good'],
  altered: ['record altered', 'bad'],
  unattested: ['record without a hash', 'warn'],
} as const

/** Who did what, when, and under which identity: one card for each step process. */
export function entriesSection({ entries }: Report): Html {
  if (entries.length === 0) return html`<p>No step of tekton-entra left a record in this run.</p>`
  return html`<ol class="cards">
    ${entries.map((entry) => card(entry))}
  </ol>`
}

function card(entry: Entry): Html {
  const [checkText, checkTone] = checks[entry.check]
  const where = [entry.pipelineTask, entry.step].filter((part) => part !== '').join(' / ') || entry.taskRun
  return html`<li id="entry-${entry.id}">
    <div class="head">
      <h3>${where}: <span class="mono">${entry.program}</span></h3>
      ${outcomeBadge(entry.outcome)} ${when(entry.dryRun, () => badge('dry run', 'plain'))}
      ${badge(checkText, checkTone)}
    </div>
    ${rows([
      ['When', html`${instant(entry.startedAt)}, for ${duration(entry.startedAt, entry.finishedAt) || 'unknown'}`],
      ['What', code(entry.target)],
      ['From', code(entry.source)],
      ['Digest', code(entry.digest)],
      ['Let through', entry.access],
      ['Decided', entry.approval],
      ['Error', entry.errorCode === '' ? '' : html`<code>${entry.errorCode}</code> ${entry.refusedBy}`],
      ['Service account', code(entry.serviceAccount)],
      ...entry.actedAs.flatMap((one) => actorRows(one, entry.actedAs.length > 1)),
    ])}
    <details>
      <summary>Credentials, pod and record of ${where}</summary>
      ${rows([
        ['TaskRun', code(entry.taskRun)],
        ['Pod', code(entry.pod)],
        [
          'Credentials',
          listOf(
            entry.tokens.map(({ kind, id, audience, expiresAt }) => {
              return `${kind}${id === '' ? '' : ` ${id}`} for ${audience}, until ${expiresAt || 'unknown'}`
            }),
          ),
        ],
        ['Handed over', listOf(entry.handedOver)],
        ['Notes', listOf(entry.notes)],
        ['Record', code(entry.id)],
        ['SHA-256', code(entry.sha256)],
        ['Found in', entry.foundIn.join(', ')],
      ])}
    </details>
  </li>`
}

function actorRows(one: ActedAs, isOneOfTwo: boolean): readonly (readonly [string, Html | string])[] {
  const side = isOneOfTwo ? (one.side === 'from' ? ' (reading)' : ' (writing)') : ''
  const entra =
    one.objectId === ''
      ? ''
      : html`object id <code>${one.objectId}</code>, client <code>${one.clientId}</code>, tenant
          <code>${one.tenant}</code>`
  return [
    [`Pod's identity${side}`, code(one.subject)],
    [`In Entra${side}`, entra],
    [`In AWS${side}`, code(one.awsSession || one.awsRole)],
  ]
}

function listOf(texts: readonly string[]): Html | string {
  return texts.length === 0
    ? ''
    : html`<ul class="bullets">
        ${texts.map((text) => html`<li>${text}</li>`)}
      </ul>`
}
