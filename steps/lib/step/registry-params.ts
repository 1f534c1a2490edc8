import type { Param } from './define-step.ts'

/** The param of every step that logs in to registries for other people's tools. */
export const registriesParam = {
  kind: 'list',
  description:
    'Registries to log in to, at least one, each `host`, `host/repository` to narrow the login to that repository (repeat the host for more), or either with `=role-arn` to work as another role than `aws-role-arn`, or than `aws-chain-role-arn` where there is one.',
  pattern: /^[^\s=]+(=arn:[^\s]+)?$/,
  expected: 'host, host/repository, or one of these with =role-arn',
} as const satisfies Param

/** What those logins are for. */
export const registriesAccessParam = {
  kind: 'text',
  description:
    'What the logins are for. An AWS session is narrowed to it; ACR can narrow a login only where repositories are named.',
  oneOf: ['pull', 'push'],
  default: 'push',
} as const satisfies Param
