/** What is pushed. */
export type Source = {
  readonly kind: 'layout' | 'docker-archive'
  readonly path: string
  /** Its name in the layout or archive. */
  readonly refName: string
  /** Of its blobs. */
  readonly bytes: number
}
