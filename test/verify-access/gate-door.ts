import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { FrontDoor, FrontDoorResult, Variation } from '../push-image/front-door.ts'
import { programWith } from '../push-image/programs.ts'
import { example } from '../sandbox/example-cloud.ts'
import { jwk, names, startMs, tenantKey } from '../unit/token/entra-tenant.ts'

/** The API of the example's cloud whose app role `Push` the example's identity has. */
export const api = { resource: example.awsTokenResource, 'api-client-id': example.awsAppId } as const

/** Runs `verify-access` with the token that the step obtains itself. */
export async function verify(door: FrontDoor, variation: Variation = {}): Promise<FrontDoorResult> {
  const params = { ...api, 'require-roles': ['Push'], ...variation.params }
  return await door.call({ ...variation, task: 'verify-access', params })
}

/** Runs it with a token in a file, in no workspace that is searched for secrets: it holds one. */
export async function verifyToken(door: FrontDoor, token: string, variation: Variation = {}): Promise<FrontDoorResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tekton-entra-gate-'))
  try {
    const file = join(folder, 'access-token')
    await writeFile(file, token, 'latin1')
    return await verify(door, { ...variation, params: { ...variation.params, 'token-file': file } })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The corpus' API, and what it asks of a token. */
export const corpusRules = {
  resource: names.apiUri,
  'api-client-id': names.apiId,
  'require-roles': ['Deploy'],
  'allowed-clients': [names.clientId],
} as const

/** Entra publishes the key of the corpus and no other. */
export function publishCorpusKey({ sandbox }: FrontDoor): void {
  const body = JSON.stringify({ keys: [jwk(tenantKey)] })
  sandbox.faults.on({
    standIn: 'entra',
    path: /\/keys$/,
    fault: { kind: 'status', status: 200, body, contentType: 'application/json' },
  })
}

/** The built step at the time of the corpus. */
export function atCorpusTime(): NonNullable<Variation['run']> {
  return { ...programWith('skewed-clock'), extraEnv: { TEST_CLOCK_SKEW_MS: String(startMs - Date.now()) } }
}

/** Neither log, record nor results hold a part of the token. */
export function expectUntold({ step, results }: FrontDoorResult, token: string): void {
  const said = `${step.stdout}${step.stderr}${JSON.stringify(results)}`
  for (const part of token.split('.').filter((text) => text.length > 40)) expect(said).not.toContain(part.slice(0, 40))
}
