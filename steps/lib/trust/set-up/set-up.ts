/** The languages in which one thing to create is written down. */
export const forms = ['yaml', 'kubectl', 'json', 'az', 'aws', 'terraform', 'bicep'] as const

export type Form = (typeof forms)[number]

/** One thing to create, in every form that it has. Each form is whole: pasted, it makes the thing. */
export type SetUp = {
  readonly title: string
  readonly forms: Readonly<Partial<Record<Form, string>>>
}

const open = '⟦'
const close = '⟧'
const holes = /⟦([A-Z][A-Z0-9_]*)⟧/g

/** A value that is known only once something else has been created, by the name that it has until then: `CLIENT_ID`. */
export function hole(name: string): string {
  return `${open}${name}${close}`
}

/** How each form writes a value that is not known yet: a word to replace, a variable, a local value, a Bicep variable. */
const written: Readonly<Record<Form, (name: string) => string>> = {
  yaml: (name) => name,
  kubectl: (name) => `$${name}`,
  json: (name) => name,
  az: (name) => `$${name}`,
  aws: (name) => `$${name}`,
  terraform: (name) => `\${local.${name.toLowerCase()}}`,
  bicep: (name) => `\${${camelCase(name)}}`,
}

/** Makes a thing from its texts, in which holes may stand. */
export function setUp(title: string, texts: SetUp['forms']): SetUp {
  const entries = forms.flatMap((form) => {
    const text = texts[form]
    return text === undefined ? [] : [[form, withHoles(form, text)] as const]
  })
  return { title: title.replace(holes, '$1'), forms: Object.fromEntries(entries) }
}

function withHoles(form: Form, text: string): string {
  return text.replace(holes, (_, name: string) => written[form](name))
}

/** A JSON document as people write it. */
export function json(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
}

/**
 * A word of a shell command, a whole document too (what is pasted is indented, and a here-document would not end there): as it is where that is safe, in double quotes where a variable stands in it, else in single
 * ones.
 */
export function word(text: string): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text
  if (!text.includes(open)) return `'${text.replaceAll("'", `'\\''`)}'`
  return `"${text.replace(/[\\"`$]/g, String.raw`\$&`)}"`
}

/** A text of Terraform (HCL): `$` and `%` before a brace would begin a template. */
export function hcl(text: string): string {
  return JSON.stringify(text).replace(/([$%])\{/g, '$1$1{')
}

/** A text of Bicep. */
export function bicepText(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`).replaceAll('${', '\\${')}'`
}

/** A name that Terraform takes for a resource. */
export function label(text: string): string {
  const plain = text.toLowerCase().replace(/[^a-z0-9]+/g, '_')
  return /^[a-z]/.test(plain) ? plain : `_${plain}`
}

/** Lines moved to the right, so that one document stands in another. */
export function indented(text: string, by: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(by)}`)
}

function camelCase(name: string): string {
  return name.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}
