import { imageByDigest } from '../lib/approval/approval-request.ts'
import { guid } from '../lib/core/guid.ts'
import { defineStep } from '../lib/step/define-step.ts'
import { decidedTenant, identityParams } from '../lib/step/identity-params.ts'
import { propagationParams } from '../lib/step/waiting-params.ts'
import { checkInputs } from './inputs.ts'

/** What decides who may approve: the profile's word stands, and where it has rules, the run's author cannot say by whom they are kept. */
const decided = { narrows: true, guardedBy: ['require-roles', 'require-groups'] } as const

export const step = defineStep({
  name: 'await-approval',
  summary:
    'Let a run go on only when a person has approved it: ask for one image of this very run, wait, and verify the ID token by which somebody with the right roles or groups has answered.',
  params: {
    image: {
      kind: 'text',
      description: 'The image that is approved, by its digest: `registry.example/shop/web@sha256:…`.',
      pattern: imageByDigest,
      expected: 'an image by its digest, such as contoso.azurecr.io/shop/web@sha256:…',
    },
    'approval-client-id': {
      kind: 'text',
      description:
        'Client id of the app registration that approvers sign in to; it defines the app roles. A guard: where the profile sets it, a param cannot.',
      profile: true,
      pattern: guid,
      expected: 'a client id (GUID)',
      ...decided,
    },
    'require-roles': {
      kind: 'list',
      description:
        'App roles of that app registration (their values) that the approver must have, all of them. A guard: the param can only add to the profile’s list.',
      profile: true,
      profileKey: 'approval-require-roles',
      default: [],
      pattern: /^[^\s,]{1,120}$/,
      expected: 'values of app roles, such as Release.Approve',
      adds: {},
    },
    'require-groups': {
      kind: 'list',
      description:
        'Object ids of groups that must hold the approver, directly or through other groups, all of them. A guard: the param can only add to the profile’s list.',
      profile: true,
      profileKey: 'approval-require-groups',
      default: [],
      pattern: guid,
      expected: 'object ids of groups (GUIDs)',
      adds: {},
    },
    'four-eyes': {
      kind: 'text',
      description:
        'Whether the approver must be another person than who started the run (`required`); needs `author-annotation`. A guard: where the profile sets it, a param cannot.',
      profile: true,
      profileKey: 'approval-four-eyes',
      oneOf: ['off', 'required'],
      default: 'off',
      narrows: true,
    },
    'author-annotation': {
      kind: 'text',
      description:
        'Annotation of the run that holds the object id (`oid`) of who started it. Only the profile can name it, and vouches by that: admission, or the trigger, writes it, and nobody else can.',
      profile: true,
      profileKey: 'approval-author-annotation',
      optional: true,
      vouched: true,
      narrows: true,
      pattern: /^([a-z0-9.-]{1,253}\/)?[A-Za-z0-9][\w.-]{0,62}$/,
      expected: 'the name of an annotation',
    },
    approvals: {
      kind: 'text',
      description: 'ConfigMap of the run’s namespace that takes the answers; approvers may write it, and nothing else.',
      profile: true,
      profileKey: 'approval-config-map',
      default: 'tekton-entra-approvals',
      pattern: /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/,
      expected: 'the name of a ConfigMap',
    },
    webhook: {
      kind: 'text',
      description:
        'Where the request is posted to, as JSON with a `text` for chats. It must hold no credential, as params and profiles are no secrets.',
      profile: true,
      profileKey: 'approval-webhook',
      optional: true,
      pattern: /^https:\/\/[^\s@?#]{1,500}$/,
      expected: 'a URL such as https://hooks.example/approvals, without user, query and fragment',
    },
    interval: {
      kind: 'duration',
      description: 'How often it is looked for an answer.',
      default: '5s',
      range: ['1s', '5m'],
    },
    ...identityParams,
    ...decidedTenant(decided, 'approval'),
    timeout: {
      kind: 'duration',
      description:
        'The overall deadline: who has not approved until shortly before has not approved. The run’s own time-out must be longer.',
      default: '50m',
      range: ['3s', '23h'],
    },
    ...propagationParams,
  },
  workspaces: {},
  results: {
    approver: { description: 'Object id (`oid`) of the person who has approved.' },
    'token-id': { description: 'Id (`uti`) of their ID token, by which Entra’s sign-in log has it.' },
    run: { description: 'Uid of the run that was approved.' },
  },
  token: true,
  clusterApi: true,
  check: checkInputs,
})
