import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorCode } from '../../steps/lib/core/error-table.ts'
import type { FrontDoor } from '../push-image/front-door.ts'
import { chainRoleArn } from '../push-image/identity-clouds.ts'
import { expectEnd, faultsOf, told, toldProse } from '../push-image/told.ts'
import { example } from '../sandbox/example-cloud.ts'
import { copy, openCopyDoor, places, seed } from './copy-door.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openCopyDoor()
})
afterAll(async () => await door[Symbol.asyncDispose]())

test.each<[what: string, params: Readonly<Record<string, string>>, faults: readonly RegExp[]]>([
  [
    'the same role twice, and a session that lives too long',
    {
      'from-aws-chain-role-arn': example.roleArn,
      'to-aws-chain-role-arn': chainRoleArn,
      'to-aws-session-duration': '2h',
    },
    [
      /^from-aws-chain-role-arn: got .*, expected another role than from-aws-role-arn$/,
      /^to-aws-session-duration: got "120m", expected 1h at most with to-aws-chain-role-arn/,
    ],
  ],
  [
    'a circle on one side',
    { 'from-azure-identity': 'aws' },
    [/^from-aws-identity: got "entra", expected cluster, with from-azure-identity: aws/],
  ],
  [
    'endpoints that are none of the registry’s',
    { 'to-aws-endpoints': 'fips' },
    [/^to-aws-endpoints: got "fips", expected a FIPS host/],
  ],
  [
    'a policy that is none, and a role of another partition',
    { 'from-aws-session-policy': '{"Version":"2012-10-17"', 'to-aws-role-arn': 'arn:aws-cn:iam::123456789012:role/x' },
    [
      /^from-aws-session-policy: got .*, expected an IAM policy in JSON/,
      /^to-aws-role-arn: got .*, expected a role of the partition aws/,
    ],
  ],
  [
    'a resource that the way to AWS makes no use of',
    { 'to-aws-identity': 'cluster', 'to-aws-token-resource': 'api://aws-ci' },
    [/^to-aws-token-resource: got "api:\/\/aws-ci", expected nothing, with to-aws-identity: cluster, .* take to-aws-/],
  ],
])('refuses %s by the names of the side, before anything is sent', async (_what, params, faults) => {
  door.requests()
  const refused = await copy(door, `${places.ecr}:1`, `${places.virginia}:2`, { params })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual(faults.map((fault) => expect.stringMatching(fault)))
  expect(door.requests()).toEqual([])
})

test('an identity binding on one side and the plain token on the other: refused, as the pod has one token for Entra', async () => {
  door.requests()
  const params = { 'from-azure-identity': 'identity-binding' }
  const refused = await copy(door, `${places.contoso}:1`, `${places.contosoCopy}:2`, { params })
  expectEnd(refused, 'INPUT_INVALID', 64)
  expect(faultsOf(refused)).toEqual([
    expect.stringMatching(/^from-azure-identity: got "identity-binding", expected cluster, as to-azure-identity is/),
  ])
  expect(door.requests()).toEqual([])
})

test.each<
  [what: string, side: 'from' | 'to', name: string, given: string, code: ErrorCode, exit: number, remedy: RegExp]
>([
  [
    'Entra',
    'to',
    'aws-token-resource',
    'api://absent',
    'ENTRA_RESOURCE_UNKNOWN',
    77,
    /^Check to-aws-token-resource: it is/,
  ],
  [
    'Entra',
    'from',
    'aws-token-resource',
    'api://absent',
    'ENTRA_RESOURCE_UNKNOWN',
    77,
    /^Check from-aws-token-resource: it/,
  ],
  [
    'AWS',
    'from',
    'aws-session-duration',
    '12h',
    'AWS_SESSION_DURATION_REFUSED',
    64,
    /^Give a shorter from-aws-session-duration,/,
  ],
  [
    'ECR',
    'to',
    'aws-session-policy',
    JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }] }),
    'ECR_NOT_AUTHORIZED',
    77,
    /that is to-aws-session-policy: it must allow them too/,
  ],
])(
  'what %s refuses of the side %s names %s by the side in its remedy',
  async (_what, side, name, given, code, exit, remedy) => {
    await seed(door, `${places.contoso}:1`)
    const params = { [`${side}-${name}`]: given }
    const [from, to] = side === 'from' ? [places.ecr, places.contoso] : [places.contoso, places.ecr]
    const refused = await copy(door, `${from}:1`, `${to}:2`, { params })
    expectEnd(refused, code, exit)
    expect(toldProse(refused.step.stderr, 'remedy')).toMatch(remedy)
    // Options of commands are no params.
    expect(told(refused.step.stderr, 'remedy').join('\n')).not.toMatch(/--(from|to)-/)
  },
)
