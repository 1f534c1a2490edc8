import type { Secret } from '../lib/core/secret.ts'
import { acrsRefusal } from '../lib/federation/access-refusal.ts'
import type { Federation } from '../lib/federation/federation.ts'
import { askGraph, requireGroups } from '../lib/federation/member-groups.ts'
import { verifyAccess } from '../lib/federation/verify-access.ts'
import { describeIdentity } from '../lib/step/describe-identity.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import type { EntraTokenRules } from '../lib/token/entra-token-rules.ts'
import type { VerifiedEntraToken } from '../lib/token/verify-entra-token.ts'
import { accessUse, apiClientId } from './inputs.ts'
import type { step } from './step.ts'
import { readTokenFromFile } from './token-from-file.ts'

type Inputs = InputsOf<typeof step>
type Results = ResultsOf<typeof step>

/** Ends well only when the token is good and has all that is asked for; whatever else happens, the run does not go on. */
export async function run({ inputs, services }: StepCall<typeof step>): Promise<Results> {
  const { log, record } = services
  record.action({ target: inputs.resource, dryRun: inputs['dry-run'] })
  const federation = openFederation(inputs, services, accessUse(inputs))
  const token = await tokenOf(inputs, services, federation)
  const verified = await verify(token, inputs, services)
  const { objectId, clientId, kind, id, audience, expiresAt } = verified
  if (inputs['token-file'] !== undefined) record.token('entra', { secret: token, id, audience, expiresAt })
  requireAcrs(verified, inputs['require-acrs'])
  const rule = { required: inputs['require-groups'], match: inputs.match, ask: askGraph(federation) }
  const groups = await requireGroups(verified, rule)
  const roles = inputs['require-roles'].filter((role) => verified.roles.includes(role))
  record.action({ access: { objectId, clientId, kind, roles, ...(groups.length === 0 ? {} : { groups }) } })
  log.line('access', `granted to the ${kind} ${objectId}, by the client ${clientId}`)
  log.line('access', `roles: ${verified.roles.join(', ') || 'none'}`)
  if (groups.length > 0) log.line('access', `groups: ${groups.join(', ')}`)
  if (inputs['dry-run']) {
    log.line('dry run', 'The results are empty.')
    return { 'object-id': '', 'client-id': '', kind: '', roles: '', groups: '' }
  }
  return { 'object-id': objectId, 'client-id': clientId, kind, roles: roles.join(','), groups: groups.join(',') }
}

async function tokenOf(inputs: Inputs, services: Services, federation: Federation): Promise<Secret> {
  const file = inputs['token-file']
  if (file !== undefined) {
    services.log.line('token', `from ${file}`)
    return await readTokenFromFile(file)
  }
  describeIdentity(services.log, inputs, { use: accessUse(inputs) })
  return (await federation.entraToken(inputs.resource)).secret
}

async function verify(token: Secret, inputs: Inputs, services: Services): Promise<VerifiedEntraToken> {
  return await verifyAccess(token, {
    cloud: inputs['azure-cloud'],
    tenantId: inputs['tenant-id'] ?? '',
    resource: inputs.resource,
    rules: rulesOf(inputs),
    http: services.http,
    patience: services.patience(inputs['propagation-wait']),
  })
}

function rulesOf(inputs: Inputs): Omit<EntraTokenRules, 'tenantId'> {
  const { 'require-roles': roles, 'allowed-clients': clients, 'require-kind': kind, match, resource } = inputs
  const id = apiClientId(inputs)
  return {
    audiences: { v1: [resource], v2: id === undefined ? [] : [id] },
    kind,
    ...(clients.length === 0 ? {} : { clients }),
    ...(roles.length === 0 ? {} : { roles: match === 'all' ? { all: roles } : { any: roles } }),
  }
}

/** `acrs` is a list of texts (access-token-claims-reference); anything else has none. */
function requireAcrs({ claims }: VerifiedEntraToken, required: readonly string[]): void {
  const { acrs } = claims
  const found = Array.isArray(acrs) ? acrs.filter((one) => typeof one === 'string') : []
  const missing = required.filter((one) => !found.includes(one))
  if (missing.length > 0) throw acrsRefusal(found, missing)
}
