import type { FederationServices } from '../lib/federation/federation.ts'
import { mergeAwsSections } from '../lib/handover/aws-profile-file.ts'
import type { InputsOf, ResultsOf } from '../lib/step/define-step.ts'
import { openHandOver, type HandedOver, type HandOver } from '../lib/step/hand-over.ts'
import type { Services, StepCall } from '../lib/step/step-call.ts'
import { readProfiles, type Profile } from './profiles.ts'
import { configSection, credentialsSection, webIdentitySection } from './sections.ts'
import { clusterSessions, entraSessions, type Obtained } from './sessions.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>
type Inputs = InputsOf<typeof step>

/** Assumes every role, and writes AWS's two files for the tools of later steps; in a dry run shows that it could. */
export async function run({ inputs, services }: Call): Promise<ResultsOf<typeof step>> {
  services.record.action({ target: inputs.profiles.join(', '), dryRun: inputs['dry-run'] })
  const profiles = readProfiles(inputs)
  await using handOver = await openHandOver(inputs, services)
  const entries = await (inputs.credentials === 'static'
    ? writeSessions(handOver, profiles, { inputs, services })
    : writeWayToToken(handOver, profiles, { inputs, services }))
  return handOver.tell(entries)
}

type Called = { readonly inputs: Inputs; readonly services: Services }

async function writeSessions(
  handOver: HandOver,
  profiles: readonly Profile[],
  { inputs, services }: Called,
): Promise<readonly HandedOver[]> {
  const obtained = await entraSessions(profiles, { inputs, services: forFederation(inputs, services), call: services })
  // The keys first: a profile that is named and has none would send clients on to what else they find.
  await handOver.write('credentials', mergeAwsSections(obtained.map(credentialsSection)))
  await handOver.write('config', mergeAwsSections(obtained.map(configSection)))
  return obtained.map(({ name, session }) => ({ file: 'credentials', entry: name, expiresAt: session.expiresAt }))
}

async function writeWayToToken(
  handOver: HandOver,
  profiles: readonly Profile[],
  { inputs, services }: Called,
): Promise<readonly HandedOver[]> {
  // Each is thrown away: they show that the role trusts the token before somebody's step finds that it does not.
  const tried = await clusterSessions(profiles, { inputs, services: forFederation(inputs, services), call: services })
  const tokenFile = inputs['web-identity-token-file']
  const sections = tried.map((one) => webIdentitySection(one, { tokenFile, context: services.context }))
  await handOver.write('config', mergeAwsSections(sections))
  return tried.map(({ name }: Obtained) => ({ file: 'config', entry: name, expiresAt: undefined }))
}

function forFederation(inputs: Inputs, { http, record, patience }: Services): FederationServices {
  return { http, record, patience: patience(inputs['propagation-wait']) }
}
