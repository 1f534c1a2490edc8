/** Why a sink does not take an event. */
export class SinkRefusal extends Error {
  override readonly name = 'SinkRefusal'
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
