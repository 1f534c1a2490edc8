import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import { example } from '../sandbox/example-cloud.ts'
import type { FaultRule } from '../sandbox/faults.ts'
import { acrImage, ecrImage } from './front-door.ts'

/** One kind of request of a push: whom a fault befalls there, and what the step calls its failures. */
export type Phase = {
  readonly name: string
  readonly image: string
  /** The registry that is pushed to. */
  readonly host: string
  readonly rule: Omit<FaultRule, 'fault'>
  /** Its requests among those of `door.requests()`. */
  readonly requests: RegExp
  readonly unavailable: ErrorCode
  readonly throttled: ErrorCode
}

const acr = { image: acrImage, host: example.acrHost }
const ecr = { image: ecrImage, host: example.ecrHost }
const entra = { unavailable: 'ENTRA_UNAVAILABLE', throttled: 'ENTRA_THROTTLED' } as const
const aws = { unavailable: 'AWS_UNAVAILABLE', throttled: 'AWS_THROTTLED' } as const
const registry = { unavailable: 'REGISTRY_UNAVAILABLE', throttled: 'REGISTRY_THROTTLED' } as const

/** The ways to a credential. */
export const credentialPhases: readonly Phase[] = [
  { name: 'token of Entra', ...acr, ...entra, rule: { standIn: 'entra', method: 'POST' }, requests: /^entra POST/ },
  { name: 'STS', ...ecr, ...aws, rule: { standIn: 'sts' }, requests: /^sts / },
  { name: 'ECR API', ...ecr, ...aws, rule: { standIn: 'ecr' }, requests: /^ecr / },
  {
    name: 'exchange with ACR',
    ...acr,
    ...registry,
    rule: { standIn: 'acr', path: '/oauth2/exchange' },
    requests: /oauth2\/exchange/,
  },
  {
    name: 'access token of ACR',
    ...acr,
    ...registry,
    rule: { standIn: 'acr', path: '/oauth2/token' },
    requests: /oauth2\/token/,
  },
]

const operations = [
  { name: 'look-up', method: 'HEAD', path: /\/v2\//, requests: / HEAD / },
  { name: 'start of an upload', method: 'POST', path: /\/blobs\/uploads\/$/, requests: / POST \S*\/uploads\/ / },
  { name: 'upload', method: 'PUT', path: /\/blobs\/uploads\//, requests: / PUT \S*\/uploads\// },
  { name: 'putting of the manifest', method: 'PUT', path: /\/manifests\//, requests: / PUT \S*\/manifests\// },
] as const

/** What is asked of the registries themselves. */
export const registryPhases: readonly Phase[] = operations.flatMap(({ name, method, path, requests }) => [
  { name: `${name} on ACR`, ...acr, ...registry, rule: { standIn: 'acr', method, path }, requests },
  { name: `${name} on ECR`, ...ecr, ...registry, rule: { standIn: 'ecr-registry', method, path }, requests },
])

/** All phases of a push, in their order for each registry. */
export const phases: readonly Phase[] = [...credentialPhases, ...registryPhases]

/** Rows for `test.each`, named by the phase. */
export function rows(chosen: readonly Phase[]): (readonly [name: string, phase: Phase])[] {
  return chosen.map((phase) => [phase.name, phase])
}
