import type { Fault } from '../lib/core/errors.ts'
import type { IdentityInputs } from '../lib/federation/identity-inputs.ts'
import type { Surroundings } from '../lib/step/define-step.ts'

/** What clients that refresh a profile by themselves would leave out: each would give the later steps more, or something else, than was asked for. */
export function handOverFaults(inputs: IdentityInputs): readonly Fault[] {
  const { 'aws-identity': proof, 'aws-chain-role-arn': chain, 'aws-session-policy': policy } = inputs
  const arns = inputs['aws-session-policy-arns'] ?? []
  const fault = (param: string, got: string, expected: string) => ({ param, got: got.slice(0, 100), expected })
  const none = (why: string) => `none with credentials: web-identity: ${why}`
  const noPolicy = none('a client that refreshes by itself sends no session policy')
  return [
    ...(proof === 'entra'
      ? [
          fault(
            'aws-identity',
            proof,
            'cluster, with credentials: web-identity: clients show AWS the projected token, and know nothing of Entra',
          ),
        ]
      : []),
    ...(chain === undefined
      ? []
      : [fault('aws-chain-role-arn', chain, none('a profile with a token file names one role, and ends there'))]),
    ...(policy === undefined ? [] : [fault('aws-session-policy', policy, noPolicy)]),
    ...(arns.length === 0 ? [] : [fault('aws-session-policy-arns', arns.join(' '), noPolicy)]),
  ]
}

/** What `credentials: process` needs of the profile: a place for the records of its program, and nothing secret in what the program reads. */
export function processFaults({ profile, hasSink, httpsProxy }: Surroundings): readonly Fault[] {
  const expected = `static or web-identity, or the key record-sink in the ConfigMap ${profile} of this namespace: each session that a client asks for is recorded, and clients show nobody what their program prints`
  const login = URL.parse(httpsProxy)
  return [
    ...(hasSink ? [] : [{ param: 'credentials', got: 'process', expected }]),
    ...(login === null || (login.username === '' && login.password === '')
      ? []
      : [
          {
            param: 'https-proxy (profile or environment)',
            got: 'a URL with a login',
            expected:
              'a URL without one, with credentials: process: the program reads it from a file, which holds no secret',
          },
        ]),
  ]
}
