import type { Form, SetUp } from './set-up.ts'

/** What a whole set-up can be printed as: one script, one module of Terraform, one file of Bicep. */
export const joinedForms = ['sh', 'terraform', 'bicep'] as const

export type JoinedForm = (typeof joinedForms)[number]

const parts: Readonly<Record<JoinedForm, readonly Form[]>> = {
  // In this order: what a cluster says of itself, then Entra, then AWS. Variables of the shell go from one to the next.
  sh: ['kubectl', 'az', 'aws'],
  terraform: ['terraform'],
  bicep: ['bicep'],
}

/** Everything in one form, to be run or applied as it is; what it cannot say is named in a comment. */
export function joined(things: readonly SetUp[], form: JoinedForm): string {
  const mark = form === 'bicep' ? '//' : '#'
  const said = new Set<string>()
  const texts = things.map(({ title, forms }) => {
    const own = parts[form].flatMap((name) => forms[name] ?? [])
    if (own.length === 0) return `${mark} Not in this file: ${title}.`
    const blocks = form === 'sh' ? own : own.flatMap(blocksOf).filter((block) => isNew(said, block))
    return [`${mark} ${title}`, ...blocks.filter((block) => !isExtension(block))].join('\n')
  })
  const head = form === 'sh' ? ['#!/bin/sh\nset -eu'] : [...said].filter(isExtension)
  return `${[...head, ...texts].join('\n\n')}\n`
}

/** What Bicep wants at the head of a file. */
function isExtension(block: string): boolean {
  return block.startsWith('extension ')
}

/** Two things may look one other thing up; in one file that stands once. */
function isNew(said: Set<string>, block: string): boolean {
  if (said.has(block)) return false
  said.add(block)
  return true
}

/** Top-level blocks: a line by itself, or all up to a brace in the first column. */
function blocksOf(text: string): readonly string[] {
  const blocks: string[] = []
  let open: string[] = []
  for (const line of text.split('\n')) {
    open.push(line)
    const isOpen = open.length > 1 ? !/^[})]/.test(line) : /[{(]$/.test(line)
    if (isOpen) continue
    blocks.push(open.join('\n'))
    open = []
  }
  return [...blocks, ...(open.length === 0 ? [] : [open.join('\n')])]
}

/** How forms are called where they are shown to people. */
export const formNames: Readonly<Record<Form, string>> = {
  yaml: 'YAML',
  kubectl: 'kubectl',
  json: 'JSON',
  az: 'az',
  aws: 'aws',
  terraform: 'Terraform',
  bicep: 'Bicep',
}
