import type { IncomingMessage, ServerResponse } from 'node:http'

/** One embedded stand-in for a cloud service. It answers under the service's real host names, behind the sandbox's proxy. */
export type StandIn = {
  /** As the journal and the faults name it: `entra`, `sts`, `ecr`, `acr`, `issuer`, … */
  readonly name: string
  /** Whether this stand-in owns the host (lower case, without port). Hosts that nobody owns are refused by the proxy. */
  owns(host: string): boolean
  /** Answers one request. `host` is the TLS server name that the client asked for, lower case, without port. */
  handle(request: IncomingMessage, response: ServerResponse, host: string): Promise<void>
}
