import type { Entry, Report } from '../model/report.ts'
import { html, type Html } from './html.ts'
import { duration, instant } from './words.ts'

const width = 1000
/** So that a step of a moment is still seen. */
const narrowest = 6

/** Every step process as a bar between the first beginning and the last end. */
export function timelineSection({ entries }: Report): Html {
  const times = entries.flatMap((entry) => [Date.parse(entry.startedAt), Date.parse(entry.finishedAt)])
  const known = times.filter((time) => !Number.isNaN(time))
  if (known.length === 0) return html`<p>There is nothing to show.</p>`
  const [from, to] = [Math.min(...known), Math.max(...known)]
  return html`<p class="soft">
      From ${instant(new Date(from).toISOString())} to ${instant(new Date(to).toISOString())}.
    </p>
    <ol class="time">
      ${entries.map((entry) => row(entry, { from, span: Math.max(1, to - from) }))}
    </ol>`
}

function row(entry: Entry, { from, span }: { readonly from: number; readonly span: number }): Html {
  const place = (text: string): number => Math.round(((Date.parse(text) - from) / span) * width)
  const [start, end] = [place(entry.startedAt) || 0, place(entry.finishedAt) || 0]
  const length = Math.max(narrowest, end - start)
  const name = entry.pipelineTask || entry.taskRun
  const took = duration(entry.startedAt, entry.finishedAt)
  return html`<li class="${entry.outcome.replace(/[^a-z]/g, '')}">
    <a href="#entry-${entry.id}">${name}: ${entry.program}</a>
    <svg
      viewBox="0 0 ${width} 20"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}: ${entry.outcome}, ${took}"
    >
      <rect x="${Math.min(start, width - length)}" y="2" width="${length}" height="16"></rect>
    </svg>
  </li>`
}
