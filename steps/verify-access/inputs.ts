import type { Fault } from '../lib/core/errors.ts'
import { guid } from '../lib/core/guid.ts'
import {
  checkIdentity,
  verifierFaults,
  type IdentityInputs,
  type IdentityUse,
} from '../lib/federation/identity-inputs.ts'

/** What is asked of a token; undefined is what was not given, or faulty by itself. */
export type AccessInputs = IdentityInputs & {
  readonly resource?: string | undefined
  readonly 'api-client-id'?: string | undefined
  readonly 'token-file'?: string | undefined
  readonly 'require-roles'?: readonly string[] | undefined
  readonly 'require-groups'?: readonly string[] | undefined
  readonly 'require-kind'?: 'app' | 'person' | 'any' | undefined
  readonly 'allowed-clients'?: readonly string[] | undefined
  readonly 'require-acrs'?: readonly string[] | undefined
}

/** A token that is obtained comes from Entra, and Microsoft Graph tells of groups only whom it knows; else nobody's identity is needed. */
export function accessUse(inputs: AccessInputs): IdentityUse {
  const asksForGroups = (inputs['require-groups'] ?? []).length > 0
  return { entra: inputs['token-file'] === undefined || asksForGroups, aws: false, places: [] }
}

/** The client id by which v2 tokens name the API. */
export function apiClientId(inputs: AccessInputs): string | undefined {
  const { resource = '', 'api-client-id': id } = inputs
  return id ?? (guid.test(resource) ? resource : undefined)
}

/** What is wrong with the inputs taken together. */
export function checkInputs(inputs: AccessInputs): readonly Fault[] {
  return [
    ...apiFaults(inputs),
    ...ruleFaults(inputs),
    ...verifierFaults(inputs, accessUse(inputs)),
    ...checkIdentity(inputs, accessUse(inputs)),
  ]
}

function apiFaults(inputs: AccessInputs): Fault[] {
  if (inputs.resource === undefined || apiClientId(inputs) !== undefined) return []
  const expected = `the client id of the API ${inputs.resource}, by the param api-client-id or by the key access-api-client-id of the profile: v2 tokens name it so`
  return [{ param: 'api-client-id', got: 'nothing', expected }]
}

/** Any application of the tenant can get a token for an API that does not ask for assignments: without a rule everybody would pass. */
function ruleFaults(inputs: AccessInputs): Fault[] {
  const { 'require-roles': roles, 'require-groups': groups, 'require-kind': kind } = inputs
  const { 'allowed-clients': clients, 'require-acrs': acrs } = inputs
  const isOpen = [roles, groups, clients, acrs].every((list) => list?.length === 0)
  const open = {
    param: 'require-roles',
    got: 'nothing',
    expected:
      'at least one of require-roles, require-groups, allowed-clients and require-acrs: without any everybody of the tenant would pass',
  }
  const alone = {
    param: 'require-kind',
    got: 'person',
    expected: 'app or any, or the person’s token by token-file: what a pod obtains is an application’s',
  }
  return [...(isOpen ? [open] : []), ...(kind === 'person' && inputs['token-file'] === undefined ? [alone] : [])]
}
