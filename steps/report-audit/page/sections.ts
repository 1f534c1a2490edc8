import type { Control, Entry, Finding, Report, Starter } from '../model/report.ts'
import { html, when, type Html } from './html.ts'
import { badge, code, instant, rows } from './words.ts'

const severities = { error: 'bad', warning: 'warn', note: 'plain' } as const

/** What does not agree, the gravest first. */
export function findingsSection({ findings }: Report): Html {
  if (findings.length === 0)
    return html`<p>None: every step of ours that Tekton ran left one record, and each is what its step hashed.</p>`
  return html`<ul class="cards">
    ${findings.map(
      (one: Finding) =>
        html`<li>
          <div class="head">
            ${badge(one.severity, severities[one.severity])}
            <h3>${one.title}</h3>
          </div>
          <p class="mono">${one.where}</p>
          <p>${one.text} <span class="soft">(${one.code})</span></p>
        </li>`,
    )}
  </ul>`
}

const strengths = {
  verified: ['verified by Entra', 'good'],
  claimed: ['claimed', 'warn'],
} as const

/** Who or what started the run, with what that rests on. */
export function startersSection({ startedBy }: Report): Html {
  return html`<ul class="cards">
      ${startedBy.map(({ kind, who, by, strength }: Starter) => {
        const [text, tone] = strengths[strength]
        return html`<li>
          <div class="head">
            <h3>${kind === 'unknown' ? 'unknown' : `a ${kind}`.replace('a agent', 'an agent')}: ${who}</h3>
            ${badge(text, tone)}
          </div>
          <p class="soft">by ${by}</p>
        </li>`
      })}
    </ul>
    <p class="soft">
      Kubernetes keeps no name of who creates an object: what is only claimed is worth what admission makes of it, and
      the API server's audit log has the rest.
    </p>`
}

/** Every identity that acted, and the trust that let it in. */
export function identitiesSection({ identities, entries: all }: Report): Html {
  if (identities.length === 0) return html`<p>No identity was acted as.</p>`
  return html`<ul class="cards">
    ${identities.map(
      ({ kind, name, trust, entries }) =>
        html`<li>
          <h3>${kind}</h3>
          ${rows([
            ['Name', code(name)],
            ['Trusted by', trust],
            [
              'Used in',
              html`<ul class="bullets">
                ${entries.map((id) => html`<li>${linkTo(all.find((entry) => entry.id === id))}</li>`)}
              </ul>`,
            ],
          ])}
        </li>`,
    )}
  </ul>`
}

/** The images that are whole at their destinations. */
export function imagesSection({ images, entries }: Report): Html {
  if (images.length === 0) return html`<p>No image was pushed.</p>`
  return html`<ul class="cards">
    ${images.map(
      ({ repository, digest, tags, entry }) =>
        html`<li>
          <h3 class="mono">${repository}</h3>
          ${rows([
            ['Digest', code(digest)],
            ['Tags', tags.join(', ')],
            ['By', linkTo(entries.find(({ id }) => id === entry))],
          ])}
        </li>`,
    )}
  </ul>`
}

/** What was refused, by whom, to whom. */
export function refusedSection({ entries }: Report): Html {
  const refused = entries.filter(({ outcome }) => outcome === 'refused')
  if (refused.length === 0) return html`<p>Nothing was refused.</p>`
  return html`<ul class="cards">
    ${refused.map(
      (entry) =>
        html`<li>
          <div class="head">
            ${badge('refused', 'bad')}
            <h3>${entry.pipelineTask || entry.taskRun}: <span class="mono">${entry.errorCode}</span></h3>
          </div>
          ${rows([
            ['Who', code(entry.actedAs[0]?.subject ?? entry.serviceAccount)],
            ['What', code(entry.target)],
            ['When', instant(entry.startedAt)],
            ['By', entry.refusedBy],
            ['More', linkTo(entry)],
          ])}
        </li>`,
    )}
  </ul>`
}

function linkTo(entry: Entry | undefined): Html | string {
  return entry === undefined
    ? ''
    : html`<a href="#entry-${entry.id}">${entry.pipelineTask || entry.taskRun}, ${entry.program}</a>`
}

const states = { shown: ['evidence', 'good'], gap: ['gap', 'bad'], nothing: ['not in this run', 'plain'] } as const

/** What this run shows for each control. */
export function controlsSection({ controls }: Report): Html {
  return html`<p>
      Evidence for an auditor, in our own words; whether a control is met is theirs to say. SOC 2: Trust Services
      Criteria 2017. ISO 27001: 2022, Annex A.
    </p>
    ${(['SOC 2', 'ISO 27001'] as const).map((framework) => {
      const own = controls.filter((control) => control.framework === framework)
      const label = `Controls of ${framework}`
      return html`<h3>${framework}</h3>
        <div class="scroll" role="region" aria-label="${label}" tabindex="0">
          <table class="wide">
            <thead>
              <tr>
                <th scope="col">Control</th>
                <th scope="col">State</th>
                <th scope="col">What this run shows</th>
              </tr>
            </thead>
            <tbody>
              ${own.map(controlRow)}
            </tbody>
          </table>
        </div>`
    })}`
}

function controlRow({ id, title, state, text }: Control): Html {
  const [word, tone] = states[state]
  return html`<tr>
    <td><strong>${id}</strong> ${title}</td>
    <td>${badge(word, tone)}</td>
    <td>${text}</td>
  </tr>`
}

/** The numbers at the top. */
export function numbersSection({ counts, images, findings }: Report): Html {
  const grave = findings.filter(({ severity }) => severity !== 'note').length
  const numbers = [
    [counts.taskRuns, 'TaskRun', 'TaskRuns'],
    [counts.steps, 'step of tekton-entra ran', 'steps of tekton-entra ran'],
    [counts.records, 'record', 'records'],
    [counts.verified, 'record verified by hash', 'records verified by hash'],
    [images.length, 'image pushed', 'images pushed'],
    [counts.refused, 'attempt refused', 'attempts refused'],
    [grave, 'finding', 'findings'],
  ] as const
  return html`<ul class="numbers">
      ${numbers.map(([number, one, more]) => html`<li><strong>${number}</strong> ${number === 1 ? one : more}</li>`)}
    </ul>
    ${when(
      counts.otherSteps > 0,
      () =>
        html`<p class="soft">
          ${counts.otherSteps} other ${counts.otherSteps === 1 ? 'step' : 'steps'} ran beside them, not tekton-entra's:
          nothing is recorded of what was done there.
        </p>`,
    )}`
}
