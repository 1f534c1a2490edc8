import { defineErrors, type ErrorRow } from './row.ts'

const refused = { exit: 77, retry: 'never' } as const satisfies Partial<ErrorRow>

/** Why an Entra token for an API of the team's own does not let a run go on. */
export const accessRows = defineErrors({
  ACCESS_TOKEN_UNREADABLE: {
    exit: 64,
    retry: 'never',
    what: 'The token at <path> cannot be read: <reason>. Nobody was let through.',
    remedy:
      'Name with the param token-file the file that holds one Entra access token and nothing else, on a workspace or volume that this step has. Without token-file the step obtains a token itself.',
  },
  ACCESS_TOKEN_MALFORMED: {
    ...refused,
    what: 'The token cannot be read as a signed token of Entra: <got>; expected is <expected>.',
    remedy:
      'Hand over the access token as it came from Entra, unchanged: no ID token, no refresh token, no encrypted token, no line end after it.',
  },
  ACCESS_TOKEN_ALGORITHM: {
    ...refused,
    what: 'The token’s header is none that Entra writes: <got>; expected is <expected>.',
    remedy:
      'Somebody may have made this token. Entra signs with RS256, by keys that the tenant publishes, and its tokens never bring a key along. Find out where the token comes from.',
  },
  ACCESS_TOKEN_MICROSOFT: {
    ...refused,
    what: 'The token is made for an API of Microsoft’s, which alone can verify it: <got>; expected is <expected>.',
    remedy: 'Ask for a token for the API of the param resource (scope <resource>/.default), not for Microsoft Graph.',
  },
  ACCESS_TOKEN_ISSUER: {
    ...refused,
    what: 'The token is not of the tenant that decides here: <got>; expected is <expected>.',
    remedy:
      'Compare tenant-id and azure-cloud with those of the token. Of a version whose audience is not known nothing is taken: v2 tokens need the param api-client-id.',
  },
  ACCESS_SIGNATURE_REFUSED: {
    ...refused,
    what: 'The token’s signature is by no key of the tenant: <got>; expected is <expected>.',
    remedy:
      'A token that is older than the tenant’s last change of keys must be asked for anew. Otherwise somebody else has made it: find out where it comes from.',
  },
  ACCESS_KEYS_UNAVAILABLE: {
    exit: 75,
    retry: 'keys',
    what: 'The keys of the tenant could not be looked up (<got>), so nobody was let through. Asked for: <expected>.',
    remedy: 'Try again later. Check that the step can reach Entra: https-proxy, no-proxy and ca.crt of the profile.',
  },
  ACCESS_AUDIENCE_REFUSED: {
    ...refused,
    what: 'The token is made for another API: <got>; expected is <expected>.',
    remedy:
      'v2 tokens name the API by its client id (api-client-id), v1 tokens as it was asked for (resource). Compare both with the app registration of the API.',
  },
  ACCESS_TOKEN_EXPIRED: {
    ...refused,
    what: 'The token is not valid now: <got>; expected is <expected>.',
    remedy: 'Ask for a new token just before this step. If it is new, the clock of the node is wrong.',
  },
  ACCESS_CLAIMS_REFUSED: {
    ...refused,
    what: 'The token lacks what every access token of Entra says: <got>; expected is <expected>.',
    remedy: 'Use an access token that Entra made for the API, not a token that something else wrote in its likeness.',
  },
  ACCESS_CLIENT_DENIED: {
    ...refused,
    what: 'The application that asked for the token may not go on: <got>; expected is <expected>.',
    remedy: 'Act as one of the clients of the param allowed-clients, or have this one added there.',
  },
  ACCESS_KIND_DENIED: {
    ...refused,
    what: 'The token is of the wrong kind: <got>; expected is <expected>.',
    remedy:
      'With require-kind: person hand over by token-file the access token of the person who approves; a pod’s own token is always that of an application.',
  },
  ACCESS_ROLES_MISSING: {
    ...refused,
    what: 'The token does not have the app roles that are asked for. It has: <got>; expected is <expected>.',
    remedy: `Assign the app role of the API to this application or person, and ask for a new token: roles are written into a token when it is made.
az rest --method post --url 'https://graph.microsoft.com/v1.0/servicePrincipals/OBJECT_ID/appRoleAssignments' --body '{"principalId":"OBJECT_ID","resourceId":"API_OBJECT_ID","appRoleId":"ROLE_ID"}'`,
  },
  ACCESS_GROUPS_MISSING: {
    ...refused,
    what: 'Whose token it is, <member>, is not in the groups that are asked for. It is in: <got>; expected is <expected>.',
    remedy: `Add the application or person to the group, and run again; of a person whose token names its groups, with a new token.
az ad group member add --group GROUP_ID --member-id <member>`,
  },
  ACCESS_GROUPS_REFUSED: {
    ...refused,
    what: 'Microsoft Graph did not tell <principal> in which groups the <kind> <member> is, so nobody was let through.',
    remedy: `Grant the identity of this step the app permissions <permissions> on Microsoft Graph, with admin consent, and look up that <member> is there:
az ad app permission add --id CLIENT_ID --api 00000003-0000-0000-c000-000000000000 --api-permissions PERMISSION_ID=Role
az ad app permission admin-consent --id CLIENT_ID`,
  },
  ACCESS_GROUPS_UNAVAILABLE: {
    exit: 75,
    retry: 'transient',
    what: 'Microsoft Graph could not say who is in the groups that are asked for (HTTP <status>), so nobody was let through.',
    remedy: 'Try again later. Check that the step can reach Microsoft Graph: https-proxy and no-proxy of the profile.',
  },
  ACCESS_ACRS_MISSING: {
    ...refused,
    what: 'The token does not have the authentication contexts that are asked for. It has: <got>; expected is <expected>.',
    remedy:
      'Sign in again with a claims request for the authentication context (acrs), as Conditional Access of the tenant defines it. Tokens of applications have none.',
  },
})
