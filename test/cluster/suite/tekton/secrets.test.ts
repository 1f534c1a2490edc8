import { beforeEach, expect, test } from 'vitest'
import { example } from '../../../sandbox/example-cloud.ts'
import { refuseLeaks, secrets } from '../canary-scan.ts'
import { pushRun, runTask } from '../runs.ts'
import { putSource } from '../source.ts'
import { kubectl, skipWithoutTekton, stage } from '../stage.ts'

// Every run of the suite is searched when it ends: here, that the search would find what is there to be found.
beforeEach(skipWithoutTekton)

test('the search knows the projected token of a run, and finds one that was let slip, wherever it lies', async () => {
  const source = await putSource('secrets')
  const before = new Set(await secrets())
  const end = await runTask(pushRun({ image: `${example.ecrHost}/secrets/canary:1` }, source))
  expect(end.succeeded, end.logs['step-push']).toBe(true)
  const fresh = (await secrets()).filter((secret) => !before.has(secret))
  const projected = fresh.find((secret) => claimsOf(secret)?.['iss'] === stage().issuer)
  expect(projected).toBeDefined()
  await expect(refuseLeaks(stage().namespaces.ci, end.name, { step: `token=${projected}` })).rejects.toThrow(
    /log of step/,
  )
  const namespace = stage().namespaces.sandbox
  const metadata = { name: 'slip', namespace, annotations: { note: Buffer.from(projected ?? '').toString('base64') } }
  await kubectl().apply([{ apiVersion: 'v1', kind: 'ConfigMap', metadata }])
  await expect(refuseLeaks(namespace, end.name, {})).rejects.toThrow(/configmaps of .* holds a secret/)
})

function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  } catch {
    return undefined
  }
}
