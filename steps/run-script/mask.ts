import type { Secret } from '../lib/core/secret.ts'

/** What stands in the place of a secret. */
const masked = '[secret]'

/** The secrets that a run has obtained, and where they would show. */
export type Mask = {
  add(secret: Secret): void
  /** The text without any of them. */
  hide(text: string): string
  /** Whether one of them stands in the text. */
  shows(text: string): boolean
  /** Characters that a secret may have at most. */
  longest(): number
}

/** Keeps secrets in the forms in which a script is likely to print them: as they are, in a URL, and in base64. */
export function createMask(): Mask {
  const forms = new Set<string>()
  return {
    add: (secret) => {
      const value = secret.reveal()
      const base64 = Buffer.from(value).toString('base64')
      for (const form of [value, encodeURIComponent(value), base64]) forms.add(form)
    },
    // The longest first: a form may hold another one.
    hide: (text) =>
      [...forms]
        .toSorted((one, other) => other.length - one.length)
        .reduce((rest, form) => rest.replaceAll(form, masked), text),
    shows: (text) => [...forms].some((form) => text.includes(form)),
    longest: () => Math.max(0, ...[...forms].map((form) => form.length)),
  }
}

/** Takes a stream of text apart into lines without secrets, wherever the pieces were cut. */
export type LineMask = { write(piece: string): void; end(): void }

/** What is held of a line that does not end; then a part of it is given on. */
const longestLine = 64 * 1024

/** `onLine` is given whole lines; `onMasked` is called with each that had to be changed. */
export function createLineMask(mask: Mask, onLine: (line: string) => void, onMasked: () => void): LineMask {
  let held = ''
  const give = (line: string) => {
    const shown = mask.hide(line)
    if (shown !== line) onMasked()
    onLine(shown)
  }
  return {
    write: (piece) => {
      const lines = `${held}${piece}`.split('\n')
      held = lines.pop() ?? ''
      for (const line of lines) give(line)
      if (held.length <= longestLine) return
      // A secret that has come in part must not be cut: it could not be found in either half.
      const hidden = mask.hide(held)
      if (hidden !== held) onMasked()
      const keep = Math.min(hidden.length, mask.longest())
      onLine(hidden.slice(0, hidden.length - keep))
      held = hidden.slice(hidden.length - keep)
    },
    end: () => {
      if (held !== '') give(held)
      held = ''
    },
  }
}
