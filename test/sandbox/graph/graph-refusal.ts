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

/** The refusal of what is not there. */
export function refuseMissing(name: string): never {
  const text = `Resource '${name}' does not exist or one of its queried reference-property objects are not present.`
  throw new GraphRefusal(404, 'Request_ResourceNotFound', text)
}
