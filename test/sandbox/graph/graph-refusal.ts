/** A Microsoft Graph error: thrown by the routes, answered by the stand-in. */
export class GraphRefusal extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'GraphRefusal'
    this.status = status
    this.code = code
  }
}
