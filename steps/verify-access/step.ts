import { guid } from '../lib/core/guid.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { decidedTenant, identityParams } from '../lib/step/identity-params.ts'
import { deadline, propagationParams } from '../lib/step/waiting-params.ts'
import { checkInputs } from './inputs.ts'

/** What decides who passes: the profile's word stands, and where it has rules, the run's author cannot say by whom they are kept. */
const decided = {
  narrows: true,
  guardedBy: ['require-roles', 'require-groups', 'allowed-clients', 'require-acrs'],
} as const

export const step = defineStep({
  name: 'verify-access',
  summary:
    'Let a run go on only where Microsoft Entra says so: verify an access token for an API of your own, obtained from the pod’s own projected token or read from a file, and check app roles, groups, kind, client and authentication contexts.',
  params: {
    resource: {
      kind: 'text',
      description:
        'The API that decides: its application ID URI, such as `api://release`, or its client id. A token is obtained for it, and v1 tokens name it. A guard: where the profile sets it, a param cannot.',
      profile: true,
      profileKey: 'access-resource',
      pattern: /^[^\s]{1,512}$/,
      expected: 'an application ID URI such as api://release, or a client id',
      ...decided,
    },
    'api-client-id': {
      kind: 'text',
      description:
        'Client id of that API: v2 tokens name it so. Needed unless `resource` is that id. A guard: where the profile sets it, a param cannot.',
      profile: true,
      profileKey: 'access-api-client-id',
      optional: true,
      pattern: guid,
      expected: 'a client id (GUID)',
      ...decided,
    },
    'token-file': {
      kind: 'text',
      description:
        'Path of a file that holds an access token for the API, of a person or of a service, which is verified in place of one that the step obtains.',
      optional: true,
      pattern: /^\/[\w./-]+$/,
      expected: 'an absolute path without blanks',
    },
    match: {
      kind: 'text',
      description:
        'Whether `all` of `require-roles` and of `require-groups` must be there, or `any` one of each. A guard: where the profile sets it, or one of those lists, a param cannot.',
      profile: true,
      profileKey: 'access-match',
      oneOf: ['all', 'any'],
      default: 'all',
      narrows: true,
      guardedBy: ['require-roles', 'require-groups'],
    },
    'require-roles': {
      kind: 'list',
      description:
        'App roles of the API (their values) that the token must have: all or any of them, by `match`. A guard: the param can only add to the profile’s list.',
      profile: true,
      profileKey: 'access-require-roles',
      default: [],
      // Values of app roles hold no blank (Microsoft Graph, appRole: value).
      pattern: /^[^\s,]{1,120}$/,
      expected: 'values of app roles, such as Release.Deploy',
      adds: { notWith: ['match', 'any'] },
    },
    'require-groups': {
      kind: 'list',
      description:
        'Object ids of groups that must hold whose token it is, directly or through other groups: all or any of them, by `match`. A guard: the param can only add to the profile’s list.',
      profile: true,
      profileKey: 'access-require-groups',
      default: [],
      pattern: guid,
      expected: 'object ids of groups (GUIDs)',
      adds: { notWith: ['match', 'any'] },
    },
    'require-kind': {
      kind: 'text',
      description:
        'Whose token it must be: an application’s own (`app`), a person’s (`person`, only by `token-file`), or either (`any`). A guard: where the profile sets it, a param cannot.',
      profile: true,
      profileKey: 'access-require-kind',
      oneOf: ['app', 'person', 'any'],
      default: 'app',
      narrows: true,
    },
    'allowed-clients': {
      kind: 'list',
      description:
        'Client ids of the applications that may have asked for the token. Default: any of the tenant. A guard: the param can only narrow the profile’s list.',
      profile: true,
      profileKey: 'access-allowed-clients',
      default: [],
      pattern: guid,
      expected: 'client ids (GUIDs)',
      narrows: true,
    },
    'require-acrs': {
      kind: 'list',
      description:
        'Authentication contexts of Conditional Access that the token must have, all of them. A guard: the param can only add to the profile’s list.',
      profile: true,
      profileKey: 'access-require-acrs',
      default: [],
      pattern: /^[\w.:-]{1,64}$/,
      expected: 'authentication contexts, such as c1',
      adds: {},
    },
    ...identityParams,
    ...decidedTenant(decided, 'access'),
    timeout: deadline,
    'dry-run': {
      kind: 'flag',
      description: 'Check all the same, and refuse all the same, but leave the results empty.',
      default: 'false',
    },
    ...propagationParams,
  },
  workspaces: {},
  results: {
    'object-id': { description: 'Object id (`oid`) of whom the token is; empty in a dry run.' },
    'client-id': { description: 'Client id of the application that asked for the token; empty in a dry run.' },
    kind: { description: 'Whose token it is: `app` or `person`; empty in a dry run.' },
    roles: {
      description: 'Those of `require-roles` that the token has, with commas between them; empty in a dry run.',
    },
    groups: {
      description:
        'Those of `require-groups` that hold whose token it is, with commas between them; empty in a dry run.',
    },
  },
  token: true,
  check: checkInputs,
})
