import type { EntraTokenFaultCode } from '../../../steps/lib/token/entra-token-fault.ts'
import { names, personClaims, rules, startMs, v1Claims, v1Issuer, v2Claims, v2Issuer } from './entra-tenant.ts'

type Claims = Readonly<Record<string, unknown>>

/** Claims under a true signature that must not pass: what is changed in which good token, and under which rules. */
export type BadClaims = {
  readonly what: string
  readonly codes: readonly EntraTokenFaultCode[]
  readonly good?: Claims
  readonly change: Claims
  readonly rules?: Partial<typeof rules>
}

const { tenantId, otherTenantId, clientId, otherClientId, personId, apiUri, apiId } = names
const now = startMs / 1000
const graph = '00000003-0000-0000-c000-000000000000'

/** Of all rows the good token passes under the same rules. */
export const badClaims: readonly BadClaims[] = [
  {
    what: 'the issuer of another tenant',
    codes: ['issuer'],
    change: { iss: v2Issuer.replace(tenantId, otherTenantId), tid: otherTenantId },
  },
  { what: 'the issuer of another cloud', codes: ['issuer'], change: { iss: v2Issuer.replace('.com', '.us') } },
  { what: 'an issuer with a slash more', codes: ['issuer'], change: { iss: `${v2Issuer}/` } },
  { what: 'an issuer with a slash less', codes: ['issuer'], good: v1Claims, change: { iss: v1Issuer.slice(0, -1) } },
  { what: 'an issuer in other letters', codes: ['issuer'], change: { iss: v2Issuer.toUpperCase() } },
  {
    what: 'the shared issuer of all tenants',
    codes: ['issuer'],
    change: { iss: v2Issuer.replace(tenantId, 'common') },
  },
  { what: 'an issuer of its own making', codes: ['issuer'], change: { iss: 'https://evil.example/' } },
  { what: 'an issuer that is a list', codes: ['issuer'], change: { iss: [v2Issuer] } },
  { what: 'no issuer', codes: ['issuer'], change: { iss: undefined } },
  { what: "v1's version under v2's issuer", codes: ['version'], change: { ver: '1.0' } },
  { what: "v2's version under v1's issuer", codes: ['version'], good: v1Claims, change: { ver: '2.0' } },
  { what: 'no version', codes: ['version'], change: { ver: undefined } },
  {
    what: "v1 claims under v2's issuer",
    codes: ['version', 'audience', 'client'],
    change: { ...v1Claims, iss: v2Issuer, azp: undefined },
  },
  {
    what: "v2 claims under v1's issuer",
    codes: ['version', 'audience', 'client'],
    good: v1Claims,
    change: { ...v2Claims, iss: v1Issuer, appid: undefined },
  },
  { what: "the client's own id as audience", codes: ['audience'], change: { aud: clientId } },
  { what: 'the URI as audience of a v2 token', codes: ['audience'], change: { aud: apiUri } },
  {
    what: 'the client id as audience of a v1 token, where the URI is asked for',
    codes: ['audience'],
    good: v1Claims,
    change: { aud: apiId },
  },
  { what: 'an audience with a slash more', codes: ['audience'], good: v1Claims, change: { aud: `${apiUri}/` } },
  { what: 'a v2 token for another API with the same client', codes: ['audience'], change: { aud: otherClientId } },
  { what: 'a list of audiences with ours in it', codes: ['audience'], change: { aud: [apiId, graph] } },
  { what: 'a list with our audience alone', codes: ['audience'], change: { aud: [apiId] } },
  { what: 'no audience', codes: ['audience'], change: { aud: undefined } },
  {
    what: "Microsoft Graph's audience (v1)",
    codes: ['audience'],
    good: v1Claims,
    change: { aud: 'https://graph.microsoft.com' },
  },
  { what: "Microsoft Graph's audience (v2)", codes: ['audience'], change: { aud: graph } },
  {
    what: "Azure Resource Manager's audience",
    codes: ['audience'],
    good: v1Claims,
    change: { aud: 'https://management.azure.com/' },
  },
  {
    what: 'the audience of federated credentials',
    codes: ['audience'],
    good: v1Claims,
    change: { aud: 'api://AzureADTokenExchange' },
  },
  { what: 'another tenant in tid', codes: ['tenant'], change: { tid: otherTenantId } },
  { what: 'no tid', codes: ['tenant'], change: { tid: undefined } },
  { what: 'an end a minute and a second ago', codes: ['expired'], change: { exp: now - 61 } },
  { what: 'an end at the very end of what clocks may differ', codes: ['expired'], change: { exp: now - 60 } },
  { what: 'a beginning beyond what clocks may differ', codes: ['not-yet-valid'], change: { nbf: now + 61 } },
  { what: 'an issue in the future', codes: ['not-yet-valid'], change: { iat: now + 120 } },
  { what: 'no exp', codes: ['times'], change: { exp: undefined } },
  { what: 'no nbf', codes: ['times'], change: { nbf: undefined } },
  { what: 'no iat', codes: ['times'], change: { iat: undefined } },
  { what: 'an exp that is a text', codes: ['times'], change: { exp: String(now + 3600) } },
  { what: 'an exp that is null', codes: ['times'], change: { exp: null } },
  { what: 'an exp in milliseconds', codes: ['times'], change: { exp: startMs + 3_600_000 } },
  { what: 'an exp beyond all dates', codes: ['times'], change: { exp: 9_000_000_000_000_000 } },
  { what: 'a negative exp', codes: ['times'], change: { exp: -1 } },
  { what: 'a life of a week', codes: ['times'], change: { exp: now + 7 * 86_400 } },
  { what: 'an end before the beginning', codes: ['times'], change: { iat: now + 40, nbf: now + 40, exp: now + 30 } },
  { what: 'another client', codes: ['client'], change: { azp: otherClientId } },
  { what: 'no client', codes: ['client'], change: { azp: undefined } },
  { what: 'a client that is no id', codes: ['client'], change: { azp: '*' } },
  { what: 'two clients', codes: ['client'], change: { appid: otherClientId } },
  {
    what: 'the right client in the claim of the other version',
    codes: ['client'],
    change: { azp: undefined, appid: clientId },
  },
  { what: 'any client, where none is allowed', codes: ['client'], good: v2Claims, change: {}, rules: { clients: [] } },
  { what: 'no oid', codes: ['subject', 'kind'], change: { oid: undefined } },
  { what: 'no sub', codes: ['subject', 'kind'], change: { sub: undefined } },
  { what: 'a person, where an application is asked for', codes: ['kind'], change: personClaims },
  { what: 'a person that says app', codes: ['kind'], change: { ...personClaims, idtyp: 'app' } },
  { what: 'an application with scopes', codes: ['kind'], change: { scp: 'Runs.Approve' } },
  { what: 'an idtyp of another kind', codes: ['kind'], change: { idtyp: 'device' } },
  {
    what: 'an ID token of a person',
    codes: ['client', 'kind'],
    change: { ...personClaims, scp: undefined, azp: undefined, nonce: 'x' },
  },
  {
    what: 'an application, where a person is asked for',
    codes: ['kind'],
    good: personClaims,
    change: { ...v2Claims, scp: undefined },
    rules: { kind: 'person' },
  },
  {
    what: 'a person without scopes',
    codes: ['kind'],
    good: personClaims,
    change: { scp: '' },
    rules: { kind: 'person' },
  },
  {
    what: 'an ID token, where anybody is let in',
    codes: ['kind'],
    good: personClaims,
    change: { scp: undefined, oid: personId },
    rules: { kind: 'any' },
  },
  { what: 'no roles', codes: ['roles'], change: { roles: undefined } },
  { what: 'an empty list of roles', codes: ['roles'], change: { roles: [] } },
  { what: 'another role', codes: ['roles'], change: { roles: ['Read'] } },
  { what: 'the role in other letters', codes: ['roles'], change: { roles: ['deploy'] } },
  { what: 'a role that only begins alike', codes: ['roles'], change: { roles: ['Deploy.Test'] } },
  { what: 'roles as a text', codes: ['roles'], change: { roles: 'Deploy' } },
  { what: 'roles as a number', codes: ['roles'], change: { roles: [1] } },
  {
    what: 'one of two roles that are both asked for',
    codes: ['roles'],
    good: { ...v2Claims, roles: ['Deploy', 'Sign'] },
    change: { roles: ['Deploy'] },
    rules: { roles: { all: ['Deploy', 'Sign'] } },
  },
  {
    what: 'none of the roles of which one is asked for',
    codes: ['roles'],
    good: { ...v2Claims, roles: ['Sign'] },
    change: { roles: ['Read'] },
    rules: { roles: { any: ['Deploy', 'Sign'] } },
  },
  {
    what: 'a group of the same name',
    codes: ['roles'],
    change: { roles: undefined, groups: ['Deploy'], wids: ['Deploy'] },
  },
  {
    what: 'everything wrong at once',
    codes: ['audience', 'tenant', 'expired', 'client', 'roles'],
    change: { aud: 'x', tid: 'x', exp: now - 290, azp: otherClientId, roles: [] },
  },
]
