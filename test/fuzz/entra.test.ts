import * as fc from 'fast-check'
import { expect } from 'vitest'
import { obtainAcrAccess } from '../../steps/lib/azure/acr-credential.ts'
import { codeOfAadsts, parseEntraError } from '../../steps/lib/azure/aadsts.ts'
import { entraError } from '../../steps/lib/azure/entra-error.ts'
import { exchangeForEntraToken, type EntraToken } from '../../steps/lib/azure/entra-token.ts'
import { errorTable } from '../../steps/lib/core/error-table.ts'
import { StepError } from '../../steps/lib/core/errors.ts'
import { Secret } from '../../steps/lib/core/secret.ts'
import { answering, failureOf, noPatience } from './answering.ts'
import { acrCorpus, descriptionCorpus, entraCorpus, tokenAnswerCorpus } from './corpus/entra.ts'
import { almost, anyJson, anyText, fuzz, inherited } from './fuzz.ts'
import { expectTold } from './told-error.ts'

const asked = {
  authority: 'https://login.microsoftonline.com',
  tenantId: '6f1c9f4e-2b7a-4c5d-9e8f-0a1b2c3d4e5f',
  clientId: 'c',
  resource: 'api://aws-ci',
}
const assertion = {
  secret: new Secret('a.b.c'),
  issuer: 'https://oidc.example/',
  subject: 's',
  audiences: ['api://AzureADTokenExchange'],
  kid: 'k',
  notBefore: undefined,
  expiresAt: 1,
}
const number = fc.oneof(
  fc.integer({ min: 1000, max: 2_147_483_647 }),
  fc.constantFrom(700_213, 7_002_138, 70_021, 53_003),
)
const guid = fc.uuid()
const sentence = anyText('.:AADSTS0123').filter((text) => !/Trace ID:/.test(text))
const words = fc.record({ number, sentence, trace: guid, correlation: guid, gap: fc.constantFrom(' ', '\r\n', '  ') })
const entraBody = words.map((made) => JSON.stringify({ error: 'invalid_client', error_description: describe(made) }))
const status = fc.oneof(fc.constantFrom(200, 400, 401, 403, 429, 500, 503), fc.integer({ min: 100, max: 599 }))
const body = fc.oneof(
  entraBody,
  almost(entraBody, '{}",:'),
  anyText('{}"<>'),
  anyJson().map((value) => JSON.stringify(value)),
)
const headers = fc.record({ 'retry-after': anyText('0123456789'), 'content-type': anyText('/') }, { requiredKeys: [] })

fuzz('number, ids and words of Entra’s text are never lost', { from: words }, (made) => {
  const read = parseEntraError(JSON.stringify({ error: 'invalid_client', error_description: describe(made) }))
  expect(read).toMatchObject({ number: made.number, traceId: made.trace, correlationId: made.correlation })
  expect(read?.description).toBe(`AADSTS${made.number}: ${made.sentence}`.trim())
})

fuzz(
  'Entra’s error body is read, or it is none; long ones in no time',
  { from: body, corpus: descriptionCorpus.map((text) => JSON.stringify({ error: 'x', error_description: text })) },
  (text) => {
    const read = parseEntraError(text)
    expect(
      Object.values(read ?? {})
        .map((value) => typeof value)
        .toSorted()
        .join(' '),
    ).toMatch(/^(number string string string string)?$/)
    expect(text.length).toBeGreaterThanOrEqual(read?.description.length ?? 0)
  },
)

fuzz(
  'an AADSTS number means one of our codes, or nothing',
  { from: fc.oneof(number, fc.double(), fc.integer()) },
  (one) => {
    expect([undefined, ...Object.keys(errorTable)]).toContain(codeOfAadsts(one))
  },
)

fuzz(
  'whatever Entra answers is one error of ours, told in bounded text',
  { from: fc.record({ status, headers, body }), corpus: entraCorpus },
  ({ body: text, ...answer }) => {
    const error = entraError(asked, assertion, { ...answer, body: Buffer.from(text) }, 0)
    expect(error.code).toMatch(/^ENTRA_/)
    expectTold(error)
  },
)

fuzz(
  'an exchange ends with a token or with an error of ours, never with one of the SDK',
  {
    from: fc.record({ status, headers, body: fc.oneof(body, tokenAnswer()) }),
    corpus: tokenAnswerCorpus.map((text) => ({ status: 200, headers: {}, body: text })),
    runs: 300,
  },
  async (answer) => {
    const exchange = { ...asked, readAssertion: async () => assertion, http: answering(answer), patience: noPatience() }
    const failure = await failureOf(exchangeForEntraToken(exchange))
    if (failure !== undefined) expect(failure).toBeInstanceOf(StepError)
    expect(failure instanceof StepError ? failure.code : 'ENTRA_').toMatch(/^ENTRA_/)
  },
)

fuzz(
  'ACR gives access or an error of ours, and what it gives is what it granted',
  {
    from: fc.record({ status, headers, body: fc.oneof(body, acrAnswer()) }),
    corpus: acrCorpus.map((text) => ({ status: 200, headers: {}, body: text })),
  },
  async (answer) => {
    const request = {
      registry: 'contoso.azurecr.io',
      repository: 'app',
      action: 'push' as const,
      tenantId: asked.tenantId,
      entraToken,
      http: answering(answer),
      patience: noPatience(),
    }
    const outcome = await obtainAcrAccess(request).catch((error: unknown) => error)
    if (!(outcome instanceof StepError)) expect(outcome).toMatchObject({ granted: expect.arrayContaining(['push']) })
    else expectTold(outcome)
  },
)

const entraToken: EntraToken = {
  secret: new Secret('a.b.c'),
  requestId: '',
  issuer: '',
  audience: 'a',
  authorizedParty: '',
  subject: '',
  objectId: 'o',
  tenantId: asked.tenantId,
  kid: '',
  id: '',
  expiresAt: 0,
}

/** The text as Entra writes it: number, words, ids. */
function describe({
  number: aadsts,
  sentence: text,
  trace,
  correlation,
  gap,
}: {
  number: number
  sentence: string
  trace: string
  correlation: string
  gap: string
}): string {
  return `AADSTS${aadsts}: ${text}${gap}Trace ID: ${trace}${gap}Correlation ID: ${correlation}${gap}Timestamp: 2026-01-01 00:00:00Z`
}

function tokenAnswer(): fc.Arbitrary<string> {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = anyJson().map((value) => `${part({ alg: 'RS256' })}.${part(value)}.c2ln`)
  const token = fc.oneof(claims, anyText('.eyJ'), fc.constantFrom(...inherited))
  const fields = { access_token: token, expires_in: fc.oneof(fc.integer(), anyJson()), token_type: anyText('Bearer') }
  return fc.record(fields, { requiredKeys: ['access_token'] }).map((value) => JSON.stringify(value))
}

function acrAnswer(): fc.Arbitrary<string> {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const actions = fc.oneof(fc.array(fc.constantFrom('pull', 'push', 1, null)), anyJson())
  const access = fc.array(
    fc.record({ type: fc.constant('repository'), name: fc.constantFrom('app', 'other'), actions }),
  )
  const token = fc.oneof(access, anyJson()).map((value) => `${part({ alg: 'RS256' })}.${part({ access: value })}.c2ln`)
  return token.map((text) => JSON.stringify({ refresh_token: 'r', access_token: text }))
}
