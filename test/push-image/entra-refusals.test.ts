import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { errorRow } from '../../steps/lib/core/error-table.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { acrImage, openFrontDoor, type FrontDoor } from './front-door.ts'
import { cannedAnswers, cannedBody, cannedIds, oldCannedBody } from './entra-answers.ts'
import { cloudOfMistakes, deadIssuer, entraMistakes, withCredentials } from './entra-mistakes.ts'
import { inAHurry } from './programs.ts'
import { commands, expectEnd, expectNothingPushed, only, told, toldProse } from './told.ts'

let door: FrontDoor
beforeAll(async () => {
  door = await openFrontDoor(cloudOfMistakes())
})
afterEach(() => door.sandbox.faults.clear())
afterAll(async () => await door[Symbol.asyncDispose]())

test.each(entraMistakes)('refuses $what ($aadsts) as $code after one request, and pushes nothing', async (mistake) => {
  const { aadsts, code, variation, image } = mistake
  door.requests()
  const result = await door.push(image, variation)
  expectEnd(result, code, 77)
  const { error } = result.record.data
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(error).toMatchObject({ service: 'Entra', upstreamCode: aadsts, ids: { trace: id, correlation: id } })
  const ids = `trace ${error?.ids?.['trace']}, correlation ${error?.ids?.['correlation']}`
  expect(toldProse(result.step.stderr, 'cause')).toMatch(new RegExp(`^${aadsts} \\(HTTP 40[01]\\), ${ids} [A-Z]`))
  expect(told(result.step.stderr, 'sent').map((text) => text.replace(/^kid [\w-]{43}$/, 'kid'))).toEqual(
    mistake.sent ?? [],
  )
  expect(commands(told(result.step.stderr, 'remedy').join('\n'))[0]).toBe(mistake.command)
  // Entra may look at the issuer meanwhile; the pod asks Entra once and nobody else.
  expect(only(door.requests(), /^(?!issuer )/)).toEqual([
    expect.stringMatching(new RegExp(`^entra POST /\\S+/token 40[01] ${aadsts}$`)),
  ])
  expectNothingPushed(door)
})

test.each(cannedAnswers)(
  'takes AADSTS%i (HTTP %i %s) for %s, and never more attempts than its class allows',
  async (aadsts, status, error, code) => {
    door.sandbox.faults.on({
      standIn: 'entra',
      method: 'POST',
      fault: { kind: 'status', status, body: cannedBody(aadsts, error) },
    })
    door.requests()
    const result = await door.push(acrImage, { run: inAHurry() })
    const transient = errorRow(code).retry === 'transient'
    expectEnd(result, code, transient ? 75 : 77)
    expect(toldProse(result.step.stderr, 'cause')).toBe(
      `AADSTS${aadsts} (HTTP ${status}), ${cannedIds} Words of Entra.`,
    )
    expect(door.requests()).toHaveLength(transient ? 6 : 1)
  },
)

test('reads the ids out of the text where Entra gives them nowhere else, behind CR LF as until 2023', async () => {
  door.sandbox.faults.on({
    standIn: 'entra',
    method: 'POST',
    fault: { kind: 'status', status: 401, body: oldCannedBody(700213, 'invalid_client') },
  })
  const result = await door.push(acrImage)
  expectEnd(result, 'ENTRA_SUBJECT_MISMATCH', 77)
  expect(toldProse(result.step.stderr, 'cause')).toBe(`AADSTS700213 (HTTP 401), ${cannedIds} Words of Entra.`)
})

test('reads the token anew once when Entra finds it outside its time, and names both times', async () => {
  door.requests()
  const notBefore = Math.floor(Date.now() / 1000) + 3600
  const result = await door.push(acrImage, { token: { notBefore, expiresInSeconds: 7200 } })
  expectEnd(result, 'ENTRA_ASSERTION_EXPIRED', 77)
  expect(told(result.step.stderr, 'what').join()).toContain(new Date(notBefore * 1000).toISOString().slice(0, 19))
  expect(only(door.requests(), /token 401 AADSTS700024/)).toHaveLength(2)
})

test('tries again, then gives up as temporary, when Entra cannot reach the issuer', async () => {
  door.requests()
  const result = await door.push(acrImage, { token: { issuer: deadIssuer }, run: inAHurry() })
  expectEnd(result, 'ENTRA_ISSUER_UNREACHABLE', 75)
  expect(told(result.step.stderr, 'sent')).toEqual([`issuer ${deadIssuer}`])
  expect(told(result.step.stderr, 'remedy').join()).toContain(
    'https://oidc.nowhere.example/.well-known/openid-configuration',
  )
  expect(only(door.requests(), /token 400 AADSTS90061/)).toHaveLength(6)
  expectNothingPushed(door)
})

test('the federated credential of the remedy lets the very same pod in', async () => {
  const { step } = await door.push(acrImage, { token: { serviceAccount: 'default' } })
  const remedy = told(step.stderr, 'remedy').join('\n')
  const credential = JSON.parse(/^\{$.*?^\}$/ms.exec(remedy)?.[0] ?? '')
  const audience = 'api://AzureADTokenExchange'
  expect(credential).toEqual({
    name: 'tekton-ci-default',
    issuer: example.issuer,
    subject: 'system:serviceaccount:ci:default',
    audiences: [audience],
  })
  expect(commands(remedy)).toEqual([
    `az ad app federated-credential create --id ${example.clientId} --parameters credential.json`,
    `az identity federated-credential create --name tekton-ci-default --identity-name IDENTITY --resource-group GROUP --issuer '${example.issuer}' --subject 'system:serviceaccount:ci:default' --audiences '${audience}'`,
  ])
  const mended = withCredentials(exampleCloud(), [credential])
  await using trusting = await openFrontDoor(mended)
  expect((await trusting.push(acrImage, { token: { serviceAccount: 'default' } })).succeeded).toBe(true)
})
