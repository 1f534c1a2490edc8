/** A request to the control address that is refused, with all its faults. */
export class RequestFault extends Error {
  readonly status: number
  readonly faults: readonly string[]
  constructor(status: number, faults: readonly string[]) {
    super(faults.join('; '))
    this.name = 'RequestFault'
    this.status = status
    this.faults = faults
  }
}
