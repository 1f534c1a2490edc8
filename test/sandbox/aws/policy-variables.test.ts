import { expect, test } from 'vitest'
import type { PolicyDocument, PolicyStatement } from '../config.ts'
import { policyContext } from './policy-conditions.ts'
import { evaluateDocuments } from './policy-evaluation.ts'
import { ACCOUNT, policy } from './test-cloud.ts'

const ARN = `arn:aws:ecr:us-east-1:${ACCOUNT}:repository/team/app`
const ALLOW: PolicyStatement = { Effect: 'Allow', Action: 'ecr:PutImage', Resource: ARN }

const allows = (document: unknown, context: Record<string, string | readonly string[]> = {}): boolean =>
  evaluateDocuments([document], 'identity', {
    action: 'ecr:PutImage',
    resource: ARN,
    context: policyContext(context),
  }).outcome === 'allow'

const TEAM: PolicyStatement = { ...ALLOW, Resource: ARN.replace('team/app', '${aws:PrincipalTag/Team}/*') }

test.each<[string, PolicyStatement, Record<string, string | readonly string[]>, boolean]>([
  ['the tag', TEAM, { 'aws:PrincipalTag/team': 'team' }, true],
  ['another tag', TEAM, { 'aws:PrincipalTag/Team': 'tea' }, false],
  ['no tag', TEAM, {}, false],
  ['a tag of two values', TEAM, { 'aws:PrincipalTag/Team': ['team', 'x'] }, false],
  ['a tag that is a wildcard', TEAM, { 'aws:PrincipalTag/Team': '*' }, false],
  ['a tag with a wildcard inside', TEAM, { 'aws:PrincipalTag/Team': 't?am' }, false],
  ['a default', { ...ALLOW, Resource: ARN.replace('team/app', "${aws:PrincipalTag/Team, 'team'}/*") }, {}, true],
  ['an escaped star', { ...ALLOW, Resource: ARN.replace('app', '${*}') }, {}, false],
])('a resource with a variable and %s in the request fits as IAM documents it', (_, statement, context, expected) => {
  expect(allows(policy(statement), context)).toBe(expected)
})

const equals = (operator: string): PolicyDocument =>
  policy({ ...ALLOW, Condition: { [operator]: { 'some:key': '${aws:PrincipalTag/Team}' } } })

test.each<[string, Record<string, string>, boolean]>([
  ['StringEquals', { 'some:key': 'blue', 'aws:PrincipalTag/Team': 'blue' }, true],
  ['StringEquals', { 'some:key': 'blue', 'aws:PrincipalTag/Team': 'red' }, false],
  ['StringEquals', { 'some:key': 'blue', 'aws:PrincipalTag/Team': '*' }, false],
  ['StringEquals', { 'some:key': '*', 'aws:PrincipalTag/Team': '*' }, true],
  ['StringLike', { 'some:key': 'blue', 'aws:PrincipalTag/Team': '*' }, false],
  ['StringEquals', { 'some:key': 'blue' }, false],
  // IAM user guide, "Policy variables with no value": the inverted operators do match.
  ['StringNotEquals', { 'some:key': 'blue' }, true],
  ['ForAnyValue:StringEquals', { 'some:key': 'blue', 'aws:PrincipalTag/Team': 'blue' }, true],
])('condition %s with a variable over %j holds: %s', (operator, context, expected) => {
  expect(allows(equals(operator), context)).toBe(expected)
})

test('a variable is plain text in a document of the older version', () => {
  const older = { ...policy(TEAM), Version: '2008-10-17' }
  expect(allows(older, { 'aws:PrincipalTag/Team': 'team' })).toBe(false)
})

test.each<[string, string, string, boolean]>([
  ['IpAddress', '10.0.0.0/8', '10.1.2.3', true],
  ['IpAddress', '10.0.0.0/8', '11.1.2.3', false],
  ['IpAddress', '10.1.2.3', '10.1.2.3', true],
  ['IpAddress', '2001:db8::/32', '2001:db8:1::1', true],
  ['IpAddress', '2001:db8::/32', '10.1.2.3', false],
  ['IpAddress', '10.0.0.0/33', '10.1.2.3', false],
  ['IpAddress', '10.0.0.*', '10.0.0.1', false],
  ['NotIpAddress', '10.0.0.0/8', '11.1.2.3', true],
  ['NotIpAddress', '10.0.0.0/8', '10.1.2.3', false],
])('condition %s %s from %s holds: %s', (operator, range, address, expected) => {
  const document = policy({ ...ALLOW, Condition: { [operator]: { 'aws:SourceIp': range } } })
  expect(allows(document, { 'aws:SourceIp': address })).toBe(expected)
})
