import { Secret } from '../core/secret.ts'
import { Unmergeable, type Merge } from './hand-over-folder.ts'

/** One section of AWS's `config` or `credentials`, with what people see of it in a comment. */
export type AwsSection = {
  /** `default`, `profile name` or, in `credentials`, `name`. */
  readonly header: string
  readonly comment: string
  readonly settings: Readonly<Record<string, string | Secret>>
}

/** What is there of a file: a section with its lines, its header's among them. */
type Part = { readonly header: string; readonly lines: readonly string[] }

/** Puts sections into AWS's `config` or `credentials`: those of the same name are replaced where they stand, `dropped` ones go, everything else is kept as it is. */
export function mergeAwsSections(sections: readonly AwsSection[], dropped: readonly string[] = []): Merge {
  return (existing) => {
    const parts = partsOf(existing ?? '')
    const ours = new Map(sections.map((section) => [section.header, textOf(section)]))
    const texts: string[] = []
    for (const { header, lines } of parts) {
      const own = ours.get(header)
      if (dropped.includes(header)) continue
      if (!sections.some((section) => section.header === header)) texts.push(lines.join('\n'))
      // The first of several: readers would merge them, and an old line would come through.
      else if (own !== undefined) texts.push(own)
      ours.delete(header)
    }
    const text = [...texts, ...ours.values()].map((part) => part.trimEnd()).filter((part) => part !== '')
    return new Secret(`${text.join('\n\n')}\n`)
  }
}

/** Takes sections out of AWS's `config` or `credentials`; where there is no such file none is made. */
export function dropAwsSections(names: readonly string[]): Merge {
  return (existing) => (existing === undefined ? undefined : mergeAwsSections([], names)(existing))
}

function textOf({ header, comment, settings }: AwsSection): string {
  const lines = Object.entries(settings).map(([name, value]) => {
    return `${name} = ${typeof value === 'string' ? value : value.reveal()}`
  })
  return [`[${header}]`, `# ${comment}`, ...lines].join('\n')
}

function partsOf(existing: string): Part[] {
  const text = existing.replaceAll('\r\n', '\n')
  // Readers disagree on where a line ends, so nobody could say which section a line is in.
  if (/\p{Cc}/u.test(text.replaceAll(/[\t\n]/g, ''))) throw new Unmergeable('it holds control characters')
  const parts: { header: string; lines: string[] }[] = [{ header: '', lines: [] }]
  for (const [index, line] of text.split('\n').entries()) {
    const isHeader = line.trimStart().startsWith('[')
    const [, header] = /^\s*\[\s*([^[\]]+?)\s*\]\s*([#;].*)?$/.exec(line) ?? []
    // By its number alone: what stands there may be a key.
    if (isHeader && header === undefined) throw new Unmergeable(`its line ${index + 1} is no header of a section`)
    if (header !== undefined) parts.push({ header: header.replace(/\s+/g, ' '), lines: [] })
    else if (parts.length === 1 && !/^\s*([#;].*)?$/.test(line))
      throw new Unmergeable(`its line ${index + 1} stands in no section`)
    parts.at(-1)?.lines.push(line)
  }
  return parts
}
