import { expect, test } from 'vitest'
import { envOf } from '../../../steps/lib/catalog/step-action.ts'
import { StepError } from '../../../steps/lib/core/errors.ts'
import { defineStep } from '../../../steps/lib/step/define-step.ts'
import { parseInputs } from '../../../steps/lib/step/inputs.ts'
import { sideFaults, sideParams, sideValues } from '../../../steps/lib/step/side-params.ts'

const set = {
  identity: { kind: 'text', description: 'Name of the profile.', default: 'entra-identity' },
  'tenant-id': { kind: 'text', description: 'Tenant.', profile: true },
  'aws-role-arn': { kind: 'text', description: 'Role; needed as `tenant-id` is.', profile: true, optional: true },
  'aws-session-policy': {
    kind: 'text',
    description: 'Policy.',
    profile: true,
    optional: true,
    guardedBy: ['allowed-accounts'],
  },
  'allowed-accounts': { kind: 'list', description: 'Accounts.', profile: true, default: [], narrows: true },
} as const

const step = defineStep({
  name: 'two-sided',
  summary: 'A step with two identities.',
  params: { ...sideParams('from', set), ...sideParams('to', set) },
  workspaces: {},
  results: {},
  token: true,
  mainSide: 'to',
})

test('each side has the keys of its own profile, and the network those of the one that is named', () => {
  const env = new Map(envOf(step, { workspace: () => '' }).map((one) => [one.name, one]))
  const key = (name: string, at: string) => ({
    name: at,
    valueFrom: { configMapKeyRef: { name, key: expect.any(String), optional: true } },
  })
  expect(env.get('PROFILE_FROM_TENANT_ID')).toEqual(key('$(params.from-identity)', 'PROFILE_FROM_TENANT_ID'))
  expect(env.get('PROFILE_TO_TENANT_ID')).toEqual({
    name: 'PROFILE_TO_TENANT_ID',
    valueFrom: { configMapKeyRef: { name: '$(params.to-identity)', key: 'tenant-id', optional: true } },
  })
  expect(env.get('PROFILE_CA_CRT')).toEqual(key('$(params.to-identity)', 'PROFILE_CA_CRT'))
})

test('what is missing is missed by the names of its side', () => {
  const failure = failureOf({ PARAM_TO_IDENTITY: 'writers', PARAM_FROM_TENANT_ID: 'f' })
  expect(failure.faults).toEqual([
    {
      param: 'to-tenant-id',
      got: 'nothing',
      expected: 'a value, by the param to-tenant-id or by the key tenant-id in the ConfigMap writers of this namespace',
    },
  ])
})

test('a guard of one side is not one of the other', () => {
  const env = {
    PARAM_TO_TENANT_ID: 't',
    PARAM_FROM_TENANT_ID: 'f',
    PROFILE_TO_ALLOWED_ACCOUNTS: '1',
    PROFILE_FROM_ALLOWED_ACCOUNTS: '2',
  }
  const { inputs } = parseInputs(step, { env, args: [] })
  expect(sideValues('to', set, inputs)).toMatchObject({ 'tenant-id': 't', 'allowed-accounts': ['1'] })
  expect(sideValues('from', set, inputs)).toEqual({
    identity: 'entra-identity',
    'tenant-id': 'f',
    'allowed-accounts': ['2'],
  })
  const widened = failureOf({ ...env, PARAM_FROM_IDENTITY: 'readers' }, ['--from-allowed-accounts', '1'])
  expect(widened.faults).toMatchObject([{ param: 'from-allowed-accounts', got: '1' }])
})

test('faults of a side are told by the names that its user knows', () => {
  const faults = [
    { param: 'image (host)', got: 'x', expected: 'y' },
    {
      param: 'aws-role-arn',
      got: 'nothing',
      expected: 'a value, by the param aws-role-arn or by the key aws-role-arn',
    },
    { param: 'repository-scan', got: 'true', expected: 'create-repository, whatever the identity' },
    { param: 'aws-session-policy', got: 'x', expected: 'another than aws-role-arn, with tenant-id: x' },
  ]
  expect(sideFaults({ side: 'to', params: set, others: { image: 'to' } }, faults)).toEqual([
    { param: 'to (host)', got: 'x', expected: 'y' },
    {
      param: 'to-aws-role-arn',
      got: 'nothing',
      expected: 'a value, by the param to-aws-role-arn or by the key aws-role-arn',
    },
    { param: 'repository-scan', got: 'true', expected: 'create-repository, whatever the identity' },
    { param: 'to-aws-session-policy', got: 'x', expected: 'another than to-aws-role-arn, with to-tenant-id: x' },
  ])
})

test('descriptions and guards name the params of their own side', () => {
  const { 'from-aws-role-arn': role, 'from-aws-session-policy': policy } = sideParams('from', set)
  expect(role.description).toBe('For `from`: Role; needed as `from-tenant-id` is.')
  expect(policy.guardedBy).toEqual(['from-allowed-accounts'])
})

test('a guard of one side does not keep back the params of the other', () => {
  const env = { PARAM_TO_TENANT_ID: 't', PARAM_FROM_TENANT_ID: 'f', PARAM_FROM_IDENTITY: 'readers' }
  const policy = { PARAM_FROM_AWS_SESSION_POLICY: '{}' }
  const guarded = failureOf({ ...env, ...policy, PROFILE_FROM_ALLOWED_ACCOUNTS: '1' })
  expect(guarded.faults).toMatchObject([
    {
      param: 'from-aws-session-policy',
      expected: expect.stringContaining('the profile readers sets from-allowed-accounts'),
    },
  ])
  const { inputs } = parseInputs(step, { env: { ...env, ...policy, PROFILE_TO_ALLOWED_ACCOUNTS: '1' }, args: [] })
  expect(inputs['from-aws-session-policy']).toBe('{}')
})

function failureOf(env: Readonly<Record<string, string>>, args: readonly string[] = []): StepError {
  try {
    parseInputs(step, { env, args })
  } catch (error) {
    if (error instanceof StepError) return error
    throw error
  }
  throw new Error('nothing was refused')
}
