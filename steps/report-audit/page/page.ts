import { createHash } from 'node:crypto'
import type { Report } from '../model/report.ts'
import { entriesSection } from './entries.ts'
import { html, Html } from './html.ts'
import {
  controlsSection,
  findingsSection,
  identitiesSection,
  imagesSection,
  numbersSection,
  refusedSection,
  startersSection,
} from './sections.ts'
import { style } from './style.ts'
import { timelineSection } from './timeline.ts'
import { badge, duration, instant, rows } from './words.ts'

const sections: readonly (readonly [id: string, title: string, content: (report: Report) => Html])[] = [
  ['findings', 'Findings', findingsSection],
  ['started', 'Who started it', startersSection],
  ['timeline', 'Timeline', timelineSection],
  ['actions', 'Who did what, when, as whom', entriesSection],
  ['images', 'Images pushed', imagesSection],
  ['refused', 'Refused attempts', refusedSection],
  ['identities', 'Identities and trust', identitiesSection],
  ['controls', 'Controls', controlsSection],
]

/** Made here, as the policy names it by its hash: a blank more and it would not be taken. */
const styleElement = new Html(`<style>${style}</style>`)

/**
 * The report as one page that needs nothing beside it: no script, no font, no image. Its policy lets it load nothing, whatever stands in a record.
 */
export function auditPage(report: Report, json: { readonly sha256: string }): string {
  const { run } = report
  const styleHash = createHash('sha256').update(style).digest('base64')
  const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>Audit report: ${run.name}</title>
        ${styleElement}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <header>
          <h1>Audit report: ${run.name}</h1>
          <p>${verdict(report)} <span class="soft">PipelineRun in the namespace ${run.namespace}</span></p>
          ${rows([
            ['Pipeline', run.pipeline],
            ['Ran', run.startedAt === '' ? '' : html`${instant(run.startedAt)}${took(run.startedAt, run.finishedAt)}`],
            ['Ended', [run.status, run.reason].filter((part) => part !== '').join(', ')],
            ['Report made', instant(report.madeAt)],
          ])}
          ${numbersSection(report)}
          <nav aria-label="Sections of this report">
            <ul>
              ${sections.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main id="main" tabindex="-1">
          ${sections.map(
            ([id, title, content]) =>
              html`<section aria-labelledby="${id}">
                <h2 id="${id}">${title}</h2>
                ${content(report)}
              </section>`,
          )}
        </main>
        <footer>
          <p>
            Made by ${report.madeBy} from the records of its steps and Tekton's own list of TaskRuns. A record is what a
            step said of itself, under a hash that Tekton kept; the clouds' own logs find the same tokens by their ids.
            It shows nothing of steps that are not ours.
          </p>
          <p>The same report in JSON has the SHA-256 <code>${json.sha256}</code>.</p>
        </footer>
      </body>
    </html> `
  return page.markup.replace(/^\s+/, '')
}

function took(from: string, to: string): string {
  const text = duration(from, to)
  return text === '' ? '' : `, for ${text}`
}

function verdict({ verdict: word, findings }: Report): Html {
  if (word === 'complete') return badge('complete: every record is there and unaltered', 'good')
  const errors = findings.filter(({ severity }) => severity === 'error').length
  return errors > 0
    ? badge('not to be relied on: see the findings', 'bad')
    : badge('complete but for some warnings', 'warn')
}
