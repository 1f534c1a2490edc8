/** What Entra answers for one AADSTS number. */
export type RefusalRow = {
  readonly status: 400 | 401 | 429 | 500 | 503 | 504
  readonly error: string
  /** `{name}` is filled in from the refusal's values. */
  readonly text: string
  /**
   * Where number, status and text come from (protocols §1.7): `I` real answer quoted in public, `D` vendor document,
   * `K` assumption about at least one of them, to be corrected by a live run.
   */
  readonly evidence: 'I' | 'D' | 'K'
}
