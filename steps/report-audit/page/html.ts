import { escapeHtml } from '../../lib/core/escape-html.ts'
import { printable } from '../../lib/core/errors.ts'

/** Markup that was made here; every other value is text. */
export class Html {
  readonly markup: string
  constructor(markup: string) {
    this.markup = markup
  }
}

type Value = Html | string | number | undefined | readonly Value[]

/** Fills values into markup: texts are escaped, so that nothing that came from a record or a cluster becomes markup. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  return new Html(parts.map((part, index) => part + (index < values.length ? markupOf(values[index]) : '')).join(''))
}

/** The markup only where the condition holds. */
export function when(condition: boolean, markup: () => Html): Html {
  return condition ? markup() : new Html('')
}

function markupOf(value: Value): string {
  if (value === undefined) return ''
  if (value instanceof Html) return value.markup
  if (typeof value === 'string') return escapeHtml(printable(value))
  if (typeof value === 'number') return String(value)
  return value.map((one) => markupOf(one)).join('')
}
