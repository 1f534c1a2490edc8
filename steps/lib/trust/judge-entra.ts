import { azureCloud } from '../azure/clouds.ts'
import { errorRow, type ErrorCode } from '../core/error-table.ts'
import type { StepError } from '../core/errors.ts'
import { rfc3339 } from '../core/instant.ts'
import { gotten, type EntraFindings, type ExchangeFinding, type GivenToken } from './findings.ts'
import { failedRow, followsRow, type Row } from './row.ts'
import { appRoleAssignment, assignmentRequired } from './set-up/app-role.ts'
import { federatedCredential } from './set-up/entra.ts'
import type { SetUp } from './set-up/set-up.ts'

type Part = 'client' | 'credential' | 'issuer' | 'exchange'

/** Of which part of the trust a refusal of Entra speaks; of an exchange alone where it is not here. */
const parts: Readonly<Partial<Record<ErrorCode, Part>>> = {
  ENTRA_TENANT_UNKNOWN: 'client',
  ENTRA_TENANT_DIFFERS: 'client',
  ENTRA_WRONG_CLOUD: 'client',
  ENTRA_CLIENT_UNKNOWN: 'client',
  ENTRA_SERVICE_PRINCIPAL_MISSING: 'client',
  ENTRA_CLIENT_DISABLED: 'client',
  ENTRA_BLOCKED_BY_POLICY: 'client',
  ENTRA_FEDERATION_FORBIDDEN: 'client',
  ENTRA_NO_FEDERATED_CREDENTIAL: 'credential',
  ENTRA_NO_MATCHING_CREDENTIAL: 'credential',
  ENTRA_ISSUER_MISMATCH: 'credential',
  ENTRA_SUBJECT_MISMATCH: 'credential',
  ENTRA_SUBJECT_CASE: 'credential',
  ENTRA_AUDIENCE_MISMATCH: 'credential',
  ENTRA_TOKEN_KIND_REFUSED: 'credential',
  AKS_BINDING_MISSING: 'credential',
  AKS_BINDING_NOT_AUTHORIZED: 'credential',
  ENTRA_ISSUER_UNREACHABLE: 'issuer',
  ENTRA_SIGNING_KEY_UNKNOWN: 'issuer',
  ENTRA_SIGNATURE_INVALID: 'issuer',
}

/** How many federated credentials a client can have, and from how many on the next cluster is soon one too many (entra-docs). */
const mostCredentials = 20
const manyCredentials = 18

/** What else is known when Entra's answers are judged. */
export type Around = {
  /** Whether the projected token that Entra is shown could be read. */
  readonly tokenFailed: boolean
  /** Whether the rows of the issuer name a fault already, of which Entra's own would be the second. */
  readonly issuerFailed: boolean
}

/** Client, federated credential, each exchange, and what makes the trust weak. */
export function judgeEntra(entra: EntraFindings, around: Around): readonly Row[] {
  const errors = entra.exchanges.flatMap(({ result }) => ('error' in result ? [result.error] : []))
  const of = (part: Part) => errors.find(({ code }) => parts[code] === part)
  const given = entra.exchanges.flatMap(({ result }) => gotten(result) ?? [])
  const common = of('client') ?? of('credential') ?? of('issuer')
  const shared = around.tokenFailed
    ? 'There is no token to show to Entra.'
    : common === undefined
      ? ''
      : 'Refused, as the row above says.'
  return [
    ...clientRows(entra, {
      error: of('client'),
      shared: around.tokenFailed ? shared : '',
      isKnown: isKnown(errors, given),
    }),
    ...credentialRows(entra, {
      error: of('credential'),
      given,
      shared: around.tokenFailed || of('client') ? shared : '',
    }),
    ...issuerRows(of('issuer'), around.issuerFailed),
    ...entra.exchanges.flatMap((exchange) => exchangeRows(entra, exchange, shared)),
    ...entra.exchanges.flatMap((exchange) => assignmentRows(exchange)),
  ]
}

/** Entra looks at the client before it looks at anything else that it refuses by name. */
function isKnown(errors: readonly StepError[], given: readonly GivenToken[]): boolean {
  return given.length > 0 || errors.some(({ code, upstream }) => upstream !== undefined && errorRow(code).exit === 77)
}

type Shared<E> = { readonly error: E; readonly shared: string }

function clientRows(
  { clientId, tenantId, cloud }: EntraFindings,
  { error, shared, isKnown: known }: Shared<StepError | undefined> & { readonly isKnown: boolean },
): readonly Row[] {
  const place = { check: 'client', about: clientId } as const
  if (shared !== '') return [followsRow(place, shared)]
  if (error !== undefined) return [failedRow(place, error)]
  const text = `of the tenant ${tenantId}, ${cloud}`
  return [
    known
      ? { ...place, standing: 'ok', cause: 'ok', text }
      : { ...place, standing: 'not seen', cause: 'client-not-seen', text },
  ]
}

function credentialRows(
  entra: EntraFindings,
  { error, shared, given }: Shared<StepError | undefined> & { readonly given: readonly GivenToken[] },
): readonly Row[] {
  const place = { check: 'credential', about: entra.clientId } as const
  if (shared !== '') return [followsRow(place, shared), followsRow({ ...place, check: 'credential-count' }, shared)]
  if (error !== undefined) {
    const row = failedRow(place, error, missingCredential(entra, error))
    return [
      withCloudHint(row, entra, error),
      followsRow({ ...place, check: 'credential-count' }, 'Nothing can be read.'),
    ]
  }
  if (given.length === 0)
    return [
      { ...place, standing: 'not seen', cause: 'credential-not-seen', text: 'Entra has given no token by it yet.' },
    ]
  const text =
    entra.proof === 'cluster'
      ? 'issuer, subject and audience are those of the token'
      : `Entra trusts this pod (${entra.proof})`
  return [{ ...place, standing: 'ok', cause: 'ok', text }, countRow(entra)]
}

function missingCredential(entra: EntraFindings, { code, values }: StepError): readonly SetUp[] {
  if (!code.startsWith('ENTRA_') || code === 'ENTRA_TOKEN_KIND_REFUSED' || entra.proof !== 'cluster') return []
  const { issuer = '', subject = '', audience = '' } = values
  return [federatedCredential({ id: entra.clientId, name: 'IDENTITY', kind: 'either' }, { issuer, subject, audience })]
}

/** The clouds have audiences of their own, and a token for another one is refused by the audience alone. */
function withCloudHint(row: Row, { cloud }: EntraFindings, { code, values }: StepError): Row {
  const usual = azureCloud(cloud).federatedAudience
  if (code !== 'ENTRA_AUDIENCE_MISMATCH' || values['audience'] === usual) return row
  return {
    ...row,
    text: `${row.text} Credentials of ${cloud} usually have the audience ${usual}: the param token-audience sets it.`,
  }
}

function countRow({ clientId, credentials }: EntraFindings): Row {
  const place = { check: 'credential-count', about: clientId } as const
  if ('unseen' in credentials)
    return { ...place, standing: 'not seen', cause: 'credentials-not-seen', text: credentials.unseen }
  const count = credentials.seen.length
  const text = `${count} of at most ${mostCredentials} federated credentials`
  if (count < manyCredentials) return { ...place, standing: 'ok', cause: 'ok', text }
  const advice =
    'Delete those of clusters and service accounts that are gone, or give groups of pipelines clients of their own:\naz ad app federated-credential list --id ' +
    clientId
  return { ...place, standing: 'weak', cause: 'credentials-nearly-used-up', text, advice }
}

/** Entra sees the issuer in its own way: only where nothing was seen from here is its refusal a row. */
function issuerRows(error: StepError | undefined, isFailed: boolean): readonly Row[] {
  if (error === undefined || isFailed) return []
  return [failedRow({ check: 'keys', about: `${error.values['issuer'] ?? ''}, as Entra sees it` }, error)]
}

function exchangeRows(entra: EntraFindings, { resource, result }: ExchangeFinding, shared: string): readonly Row[] {
  const place = { check: 'exchange', about: resource } as const
  if ('got' in result) return [{ ...place, standing: 'ok', cause: 'ok', text: describe(result.got) }]
  if (shared !== '') return [followsRow(place, shared)]
  // The session that makes the token for Entra has a row of its own; what AWS makes of such tokens has none.
  if (/^AWS_(?!OUTBOUND_)/.test(result.error.code))
    return [followsRow(place, 'There is no session of AWS to make a token for Entra with.')]
  const create =
    result.error.code === 'ENTRA_ROLE_NOT_ASSIGNED' ? [appRoleAssignment({ client: entra.clientId, resource })] : []
  return [failedRow(place, result.error, create)]
}

function describe({ version, audience, authorizedParty, roles, expiresAt }: GivenToken): string {
  const party = authorizedParty === '' ? '' : `, azp ${authorizedParty}`
  return `v${version} token, aud ${audience}${party}, roles ${roles.join(' ') || 'none'}, until ${rfc3339(expiresAt)}`
}

/** A token without roles shows that none is asked for; one with roles shows nothing, as Graph alone says whether they are required. */
function assignmentRows({ resource, result, isOwn, assignmentRequired: required }: ExchangeFinding): readonly Row[] {
  const place = { check: 'assignment', about: resource } as const
  if (!isOwn || !('got' in result)) return []
  const seen = required !== undefined && 'seen' in required ? required.seen : undefined
  if (seen === true)
    return [{ ...place, standing: 'ok', cause: 'ok', text: 'Only clients with an app role get tokens.' }]
  if (seen === false || result.got.roles.length === 0) {
    const text = 'Every client of the tenant gets tokens for it: no assignment is required.'
    return [
      { ...place, standing: 'weak', cause: 'assignment-not-required', text, create: [assignmentRequired(resource)] },
    ]
  }
  const reason = required !== undefined && 'unseen' in required ? required.unseen : 'it was not looked at'
  return [
    {
      ...place,
      standing: 'not seen',
      cause: 'assignment-not-seen',
      text: `Whether an assignment is required: ${reason}`,
    },
  ]
}
