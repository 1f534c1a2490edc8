import { expect, test } from 'vitest'
import { envOf } from '../../../steps/lib/catalog/step-action.ts'
import { ownVariables } from '../../../steps/lib/step/own-variables.ts'
import { step } from '../../../steps/write-aws-profile/step.ts'

test('are all that the StepAction sets, but for where the call writes to, and nothing else of the environment', () => {
  const names = envOf(step, { workspace: () => '' }).map(({ name }) => name)
  const env = Object.fromEntries([...names, 'AWS_ACCESS_KEY_ID', 'PATH', 'PARAM_OTHER'].map((name) => [name, 'x']))
  const own = Object.keys(ownVariables(step, { ...env, AZURE_CLIENT_ID: 'webhook', HTTPS_PROXY: 'http://proxy' }))
  expect(names.filter((name) => !own.includes(name))).toEqual([
    'HAND_OVER_FOLDER',
    'RESULT_EXPIRES_AT',
    'RESULT_RECORD',
  ])
  expect(own.filter((name) => !names.includes(name))).toEqual(['AZURE_CLIENT_ID', 'HTTPS_PROXY'])
})

test('leave out what is empty: it was not given', () => {
  expect(ownVariables(step, { PARAM_TENANT_ID: '', PROFILE_TENANT_ID: 't', PARAM_CLIENT_ID: undefined })).toEqual({
    PROFILE_TENANT_ID: 't',
  })
})
