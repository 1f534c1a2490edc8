import { containerRegistryResource } from '../lib/azure/clouds.ts'
import { bindingAudience } from '../lib/azure/identity-binding.ts'
import { stepError, type StepError } from '../lib/core/errors.ts'
import { accountsOf } from '../lib/delivery/identity-use.ts'
import { neededOf, type IdentityUse } from '../lib/federation/identity-inputs.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { FailedWithResults } from '../lib/step/failed-with-results.ts'
import { openActor, type Actor } from '../lib/step/open-actor.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import type { Findings } from '../lib/trust/findings.ts'
import { judge, namesOf, shortNames, type Verdict } from '../lib/trust/verdict.ts'
import { readPlaces, trustUse, type Place } from './inputs.ts'
import { probeAws } from './probe-aws.ts'
import { probeEntra } from './probe-entra.ts'
import { probePushes } from './probe-pushes.ts'
import { probeIssuers, probeTokens, type ShownToken } from './probe-tokens.ts'
import { writeReport } from './report.ts'
import { showVerdict } from './show.ts'
import type { step } from './step.ts'

type Inputs = InputsOf<typeof step>
type Results = ResultsOf<typeof step>
type Asked = { readonly inputs: Inputs; readonly places: readonly Place[]; readonly use: IdentityUse }

/** Looks at everything, changes nothing, and says how it stands. */
export async function run({ inputs, services }: StepCall<typeof step>): Promise<Results> {
  const places = readPlaces(inputs.images, inputs['azure-cloud'])
  const asked = { inputs, places, use: trustUse(inputs, places) }
  const actor = openActor(inputs, { use: asked.use, accounts: accountsOf(places) }, services)
  const verdict = judge(await probe(asked, actor, services))
  services.record.action({ notes: notesOf(verdict) })
  showVerdict(services.log, verdict)
  const report = inputs['report-file']
  if (report !== undefined) await writeReport(report, verdict)
  const results = resultsOf(verdict)
  const failure = failureOf(verdict, inputs['fail-on'])
  if (failure !== undefined) throw new FailedWithResults(failure, results)
  return results
}

async function probe(asked: Asked, actor: Actor, services: Services): Promise<Findings> {
  const { inputs, use, places } = asked
  const { federation, target } = actor
  const tokens = await probeTokens(shownTokens(asked, services), federation.services)
  const issuers = inputs['azure-identity'] === 'identity-binding' ? [] : await probeIssuers(tokens, federation.services)
  const entra = neededOf(inputs, use).entra
    ? await probeEntra(federation, { resources: resourcesOf(asked), kind: inputs['azure-identity'] })
    : undefined
  const aws =
    target === undefined || !use.aws
      ? undefined
      : await probeAws(federation, { target, tokens, entra, policyFile: inputs['trust-policy'] })
  return { tokens, issuers, entra, aws, pushes: await probePushes(actor, { places, use }) }
}

/** The projected tokens that the identity shows, as its params say: to Entra, to AWS, or to both. */
function shownTokens({ inputs, use }: Asked, { tokenPath, awsTokenPath }: Services): readonly ShownToken[] {
  const { entra, aws } = neededOf(inputs, use)
  const kind = inputs['azure-identity']
  const isForAws = aws && (inputs['aws-identity'] === 'cluster' || kind === 'aws')
  const audience = kind === 'identity-binding' ? bindingAudience : inputs['token-audience']
  return [
    ...(entra && kind !== 'aws' ? [{ shownTo: 'Entra', file: { path: tokenPath, audience } } as const] : []),
    ...(isForAws
      ? [{ shownTo: 'AWS', file: { path: awsTokenPath, audience: inputs['aws-token-audience'] } } as const]
      : []),
  ]
}

/** What the params name, and what AWS and the registries need. */
function resourcesOf({ inputs, use, places }: Asked): readonly string[] {
  const { 'aws-token-resource': forAws, 'aws-identity': proof } = inputs
  return [
    ...new Set([
      ...inputs.resources,
      ...(use.aws && proof === 'entra' && forAws !== undefined ? [forAws] : []),
      ...(places.some(({ registry }) => registry.kind === 'acr') ? [containerRegistryResource] : []),
    ]),
  ]
}

/** What the record keeps: the verdict and every cause, and nothing that has to be created. */
function notesOf(verdict: Verdict): readonly string[] {
  const standings = ['failed', 'weak', 'not seen'] as const
  return [
    `verdict ${verdict.verdict}`,
    ...standings.flatMap((standing) => namesOf(verdict, standing).map((name) => `${standing} ${name}`)),
  ].slice(0, 24)
}

function resultsOf(verdict: Verdict): Results {
  return {
    verdict: verdict.verdict,
    failed: shortNames(verdict, 'failed'),
    weak: shortNames(verdict, 'weak'),
    'not-seen': shortNames(verdict, 'not seen'),
  }
}

function failureOf(verdict: Verdict, failOn: Inputs['fail-on']): StepError | undefined {
  if (failOn === 'nothing') return undefined
  const failed = shortNames(verdict, 'failed', 1000)
  if (verdict.verdict === 'undecided') return stepError('TRUST_UNDECIDED', { failed })
  if (verdict.verdict === 'broken') return stepError('TRUST_BROKEN', { failed })
  if (verdict.verdict === 'weak' && failOn === 'weak')
    return stepError('TRUST_WEAK', { weak: shortNames(verdict, 'weak', 1000) })
  return undefined
}
