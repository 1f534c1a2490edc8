import { showDuration } from '../../lib/step/duration.ts'
import { html, type Html } from './html.ts'

type Tone = 'good' | 'bad' | 'warn' | 'plain'

/** A word that stands out; its colour repeats what it says, and says nothing more. */
export function badge(text: string, tone: Tone): Html {
  return html`<span class="badge ${tone}">${text}</span>`
}

const outcomes: Readonly<Record<string, readonly [text: string, tone: Tone]>> = {
  ok: ['done', 'good'],
  refused: ['refused', 'bad'],
  failed: ['failed', 'bad'],
  cancelled: ['cancelled', 'warn'],
}

/** How a step ended, in a word. */
export function outcomeBadge(outcome: string): Html {
  const [text, tone] = outcomes[outcome] ?? [outcome, 'plain' as const]
  return badge(text, tone)
}

/** An instant as it was recorded, for people and for programs. */
export function instant(text: string): Html {
  if (text === '') return html`unknown`
  return html`<time datetime="${text}">${text.replace('T', ' ').replace(/\.\d+/, '').replace('Z', ' UTC')}</time>`
}

/** From one instant to another; `''` where one of them is none. */
export function duration(from: string, to: string): string {
  const ms = Date.parse(to) - Date.parse(from)
  return Number.isNaN(ms) || ms < 0 ? '' : showDuration(ms)
}

/** Rows of a description list, without those that have nothing to say. */
export function rows(entries: readonly (readonly [name: string, value: Html | string])[]): Html {
  const told = entries.filter(([, value]) => value !== '')
  return html`<dl>
    ${told.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value}</dd>`,
    )}
  </dl>`
}

/** Text that is compared character by character. */
export function code(text: string): Html | string {
  return text === '' ? '' : html`<code>${text}</code>`
}
