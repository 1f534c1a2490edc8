/** An option of a command, as its help shows it and its arguments are read by it. */
export type Option = {
  /** What it takes, such as `FILE`; a flag when absent. */
  readonly takes?: string
  /** May be given more than once. */
  readonly many?: true
  readonly oneOf?: readonly string[]
  readonly short?: string
  readonly summary: string
}

/** What was given to a command. Asking for an option that it does not declare is a bug. */
export type Given = {
  readonly positionals: readonly string[]
  text(option: string): string | undefined
  texts(option: string): readonly string[]
  flag(option: string): boolean
}

/** A command of the command line. */
export type Command = {
  readonly name: string
  readonly summary: string
  /** What stands behind the name in the usage line. */
  readonly usage: string
  /** How many arguments it takes that are no options. */
  readonly positionals: { readonly least: number; readonly most: number }
  readonly options: Readonly<Record<string, Option>>
  /** Paragraphs that its help says after the options. */
  readonly details: readonly string[]
  readonly examples: readonly string[]
  /** More for the help, when it depends on what was given. */
  readonly moreHelp?: (given: Given) => Promise<string>
  readonly run: (given: Given, host: NodeJS.Process) => Promise<number>
}

/** Options that several commands share. */
export const stateOption: Option = {
  takes: 'DIR',
  summary: 'State folder of the sandbox. Default: TEKTON_ENTRA_STATE, else a folder of this user.',
}
