/** A cluster's service-account issuer, with its discovery document and JWKS under that URL. */
export type ClusterIssuer = {
  readonly url: string
  /** A real API server that signs this issuer's tokens. With it the sandbox has no key of the issuer: it asks there. */
  readonly apiServer?: ApiServer
}

/** Where a real cluster's keys are asked for, and by what. */
export type ApiServer = {
  /** Such as `https://kubernetes.default.svc`. */
  readonly url: string
  /** PEM of the CA that its certificate is checked against; the well-known ones when absent. Read at each request. */
  readonly caFile?: string
  /** Bearer token for an API server that does not answer everybody. Read at each request. */
  readonly tokenFile?: string
}
