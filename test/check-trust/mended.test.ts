import { expect, test } from 'vitest'
import { wholeSetUp } from '../../steps/lib/trust/set-up/whole.ts'
import { openFrontDoor } from '../push-image/front-door.ts'
import type { SandboxConfig } from '../sandbox/config.ts'
import { example, exampleCloud } from '../sandbox/example-cloud.ts'
import { wantedExample } from '../unit/trust/wanted.ts'
import type { BrokenTrust } from './broken-trust.ts'
import { brokenTrusts, weakTrusts } from './broken-trusts.ts'
import { mended } from './mend.ts'
import { checkTrust, standing, type Checked, type CheckVariation } from './trust-door.ts'

async function check(cloud: SandboxConfig, variation: CheckVariation = {}): Promise<Checked> {
  await using door = await openFrontDoor(cloud)
  return await checkTrust(door, variation)
}

const mendable = [...brokenTrusts, ...weakTrusts].filter(({ create }) => create !== undefined)

/** A file tells of the policy that was, and is not read again. */
function without({ variation = {} }: BrokenTrust): CheckVariation {
  const { policyText: _, ...rest } = variation
  return rest
}

/** Behind the first cause another one may come to light, as for whoever creates what was printed. */
const rounds = 3

test.each(mendable)('what is printed mends it where $what', async (broken) => {
  let cloud = broken.cloud ?? exampleCloud()
  let checked = await check(cloud, broken.variation)
  for (let round = 0; round < rounds && wrongIn(checked).length > 0; round++) {
    cloud = mended(
      cloud,
      wrongIn(checked).flatMap(({ create = [] }) => create),
    )
    checked = await check(cloud, without(broken))
  }
  expect({ failed: standing(checked, 'failed'), weak: standing(checked, 'weak') }, checked.step.stderr).toEqual({
    failed: [],
    weak: [],
  })
})

function wrongIn({ verdict }: Checked) {
  return (verdict?.rows ?? []).filter((row) => row.standing === 'failed' || row.standing === 'weak')
}

test('enough of them can be mended by what is printed', () => {
  expect(mendable.length).toBeGreaterThanOrEqual(30)
})

test('what print-trust prints for a cloud with nothing in it is a trust that is right', async () => {
  // The ids that a directory gives, in the place of the names that stand there before they are known.
  const known = (text: string): string =>
    text.replaceAll('PRINCIPAL_ID', example.principalId).replaceAll('AWS_APP_ID', example.awsAppId)
  const things = wholeSetUp(wantedExample()).map(({ title, forms }) => ({
    title: known(title),
    forms: Object.fromEntries(Object.entries(forms).map(([form, text]) => [form, known(text)])),
  }))
  const cloud = exampleCloud()
  const bare: SandboxConfig = {
    ...cloud,
    tenants: cloud.tenants.map((tenant) => ({
      ...tenant,
      apps: tenant.apps.map((app) => ({ ...app, federatedCredentials: [], appRoleAssignments: [] })),
    })),
    accounts: [{ id: example.accountId, oidcProviders: [], roles: [], repositories: [] }],
    acrRegistries: cloud.acrRegistries.map((registry) => ({ ...registry, roleAssignments: [] })),
  }
  expect(standing(await check(bare), 'failed')).not.toEqual([])
  const checked = await check(mended(bare, things))
  expect(standing(checked, 'failed'), checked.step.stderr).toEqual([])
  expect(checked.verdict?.verdict).toBe('trusted')
})
