import * as fc from 'fast-check'
import { expect } from 'vitest'
import { obtainEcrAuthorization } from '../../steps/lib/aws/ecr-authorization.ts'
import { parseRoleArn } from '../../steps/lib/aws/role-arn.ts'
import { awsAnswerOf } from '../../steps/lib/aws/sdk-error.ts'
import { sessionName } from '../../steps/lib/aws/session-name.ts'
import { stsError } from '../../steps/lib/aws/sts-error.ts'
import { assumeRoleWithWebIdentity } from '../../steps/lib/aws/web-identity.ts'
import { StepError } from '../../steps/lib/core/errors.ts'
import { Secret } from '../../steps/lib/core/secret.ts'
import { stsErrorBody } from '../push-image/sts-answers.ts'
import { answering, failureOf, noPatience } from './answering.ts'
import { codeCorpus, ecrCorpus, roleCorpus, sessionCorpus, stsCorpus } from './corpus/aws.ts'
import { almost, anyJson, anyText, fuzz, inherited, oneOf } from './fuzz.ts'
import { expectTold } from './told-error.ts'

const secret = new Secret('s')
const role = { arn: 'arn:aws:iam::123456789012:role/push', partition: 'aws', accountId: '123456789012', name: 'push' }
const token = {
  secret,
  issuer: 'https://sts.windows.net/t/',
  audience: 'a',
  authorizedParty: '',
  subject: 's',
  kid: 'k',
}
const region = 'eu-central-1'
const registry = {
  host: '123456789012.dkr.ecr.eu-central-1.amazonaws.com',
  accountId: '123456789012',
  region,
  partition: 'aws',
  endpoints: { fips: false, dualStack: false },
} as const
const session = {
  accessKeyId: 'ASIA',
  secretAccessKey: secret,
  sessionToken: secret,
  arn: 'arn',
  accountId: '123456789012',
  region,
  expiresAt: 1e15,
  requestId: '',
}

const wire = fc.oneof(
  fc.constantFrom(
    'AccessDenied',
    'InvalidIdentityToken',
    'ExpiredTokenException',
    'Throttling',
    'Unknown',
    ...inherited,
  ),
  anyText('Exception'),
)
const status = fc.oneof(fc.constantFrom(200, 400, 403, 429, 500, 503), fc.integer({ min: 200, max: 599 }))
const xml = (text: string) => text.replace(/[<>&]/g, '').replace(/[^\t\n\r\u0020-\ud7ff]/g, '')
const stsBody = fc.tuple(wire, anyText('<>&')).map(([code, text]) => stsErrorBody(xml(code), xml(text)))
const ecrBody = fc
  .record({ __type: wire, message: anyText('"') }, { requiredKeys: [] })
  .map((value) => JSON.stringify(value))

fuzz('an error of STS is one of our codes, whatever it is called', { from: wire, corpus: codeCorpus }, (name) => {
  const answer = Object.assign(new Error('words'), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: 400 },
    $response: {},
  })
  const error = stsError(answer, stsRequest(answering({})), token)
  expect(error).toBeInstanceOf(StepError)
  if (error instanceof StepError) expectTold(error)
  expect(error).toMatchObject({
    code: expect.stringMatching(/^AWS_/),
    upstream: { message: expect.stringMatching(/./) },
  })
})

fuzz('what is no answer of AWS passes unchanged', { from: fc.anything() }, (thing) => {
  const error = Object.assign(new Error('bug'), { thing })
  expect(stsError(error, stsRequest(answering({})), token)).toBe(error)
  expect(stsError(thing, stsRequest(answering({})), token)).toBe(thing)
})

fuzz(
  'the parts of an SDK error may be anything',
  { from: fc.record({ $metadata: fc.anything(), $response: fc.anything(), $fault: fc.anything() }) },
  (parts) => {
    expect(awsAnswerOf(Object.assign(new Error('x'), parts))).toMatchObject({
      status: expect.any(Number),
      code: expect.any(String),
      requestId: expect.any(String),
    })
  },
)

fuzz(
  'whatever the STS endpoint answers, the step has a session of the right role or an error of ours',
  {
    from: fc.record({ status, body: fc.oneof(stsBody, almost(stsBody, '<>/&'), anyText('<>&?!')) }),
    corpus: stsCorpus,
    runs: 300,
  },
  async (answer) => {
    const failure = await failureOf(assumeRoleWithWebIdentity(stsRequest(answering(answer))))
    expect(failure).toMatchObject({ code: expect.stringMatching(/^AWS_/) })
    if (failure instanceof StepError) expectTold(failure)
  },
)

fuzz(
  'whatever the ECR endpoint answers, the step has a credential or an error of ours',
  {
    from: fc.record({
      status,
      body: fc.oneof(
        ecrBody,
        almost(ecrBody, '{}":'),
        anyJson().map((value) => JSON.stringify(value)),
        anyText('{}'),
      ),
    }),
    corpus: ecrCorpus,
    runs: 300,
  },
  async (answer) => {
    const http = answering({ ...answer, headers: { 'content-type': 'application/x-amz-json-1.1' } })
    const request = { registry, repository: 'app', session, appId: 'fuzz', http, patience: noPatience() }
    const failure = await failureOf(obtainEcrAuthorization(request))
    expect(failure).toMatchObject({ code: expect.stringMatching(/^(AWS|ECR)_/) })
    if (failure instanceof StepError) expectTold(failure)
  },
)

const roleName = fc.string({ unit: oneOf('abcXYZ019_+=,.@-'), minLength: 1, maxLength: 64 })
const goodRole = fc.record({
  partition: fc.constantFrom('aws', 'aws-us-gov', 'aws-cn'),
  accountId: fc.string({ unit: oneOf('0123456789'), minLength: 12, maxLength: 12 }),
  path: fc.array(roleName, { maxLength: 3 }),
  name: roleName,
})
const roleArn = goodRole.map(
  ({ partition, accountId, path, name }) => `arn:${partition}:iam::${accountId}:role/${[...path, name].join('/')}`,
)

fuzz('the ARN of a role is read into its parts', { from: goodRole }, ({ partition, accountId, path, name }) => {
  const arn = `arn:${partition}:iam::${accountId}:role/${[...path, name].join('/')}`
  expect(parseRoleArn(arn)).toEqual({ arn, partition, accountId, name })
})

fuzz(
  'what is read as a role is put together again from its parts',
  { from: fc.oneof(almost(roleArn, ':/-*'), anyText('arn:aws:iam::role/')), corpus: roleCorpus, runs: 1000 },
  (text) => {
    const read = parseRoleArn(text)
    if (read === undefined)
      return expect(text.split(':')).not.toEqual(['arn', 'aws', 'iam', '', '123456789012', 'role/push'])
    const [arn, partition, service, none, account, ...resource] = text.split(':')
    expect([arn, partition, service, none, account, resource.length]).toEqual([
      'arn',
      read.partition,
      'iam',
      '',
      read.accountId,
      1,
    ])
    expect([resource[0]?.startsWith('role/'), resource[0]?.split('/').at(-1)]).toEqual([true, read.name])
    expect(read.accountId).toMatch(/^[0-9]{12}$/)
  },
)

fuzz(
  'a session name is one that STS takes, and two TaskRuns never share one',
  { from: fc.tuple(anyText('.-'), anyText('.-'), anyText('.-')), corpus: sessionCorpus },
  ([namespace, one, other]) => {
    const names = [one, other].map((taskRun) => sessionName(namespace, taskRun))
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{2,64}$/)
    expect(names[0] === names[1]).toBe(one === other)
  },
)

function stsRequest(http: ReturnType<typeof answering>) {
  return {
    role,
    region,
    sessionName: 'ci.run',
    durationSeconds: 900,
    token: async () => token,
    appId: 'fuzz',
    http,
    patience: noPatience(),
  }
}
