import { dropAwsSections, mergeAwsSections } from '../lib/handover/aws-profile-file.ts'
import type { ResultsOf } from '../lib/step/define-step.ts'
import { describeIdentities } from '../lib/step/describe-identity.ts'
import { openHandOver, type HandedOver, type HandOver } from '../lib/step/hand-over.ts'
import { openFederation } from '../lib/step/open-federation.ts'
import type { StepCall } from '../lib/step/step-call.ts'
import { commandLine, settingsOf } from './process-step.ts'
import { settingsFile, settingsText } from './process-settings.ts'
import { briefly, profilesUse, readProfiles } from './profiles.ts'
import { configSection, credentialsSection, processSection, webIdentitySection } from './sections.ts'
import { obtainSessions, type Obtained } from './sessions.ts'
import type { step } from './step.ts'

type Call = StepCall<typeof step>

/** Assumes every role, and writes AWS's two files for the tools of later steps; in a dry run shows that it could. */
export async function run(call: Call): Promise<ResultsOf<typeof step>> {
  const { inputs, services } = call
  services.record.action({ target: inputs.profiles.join(', '), dryRun: inputs['dry-run'] })
  const profiles = readProfiles(inputs, services.context)
  describeIdentities(
    services.log,
    profiles.map(({ acting }) => acting),
  )
  await using handOver = await openHandOver(inputs, services)
  // Where none is written each is thrown away: they show that the role can be had before somebody's step finds that it cannot.
  const wanted = inputs.credentials === 'static' ? profiles : briefly(profiles)
  const obtained = await obtainSessions(openFederation(inputs, services, profilesUse), wanted)
  return handOver.tell(await ways[inputs.credentials](handOver, obtained, call))
}

type Write = (handOver: HandOver, obtained: readonly Obtained[], call: Call) => Promise<readonly HandedOver[]>

const ways: Readonly<Record<Call['inputs']['credentials'], Write>> = {
  static: writeSessions,
  'web-identity': writeWayToToken,
  process: writeProcesses,
}

async function writeSessions(handOver: HandOver, obtained: readonly Obtained[]): Promise<readonly HandedOver[]> {
  // The keys first: a profile that is named and has none would send clients on to what else they find.
  await handOver.write('credentials', mergeAwsSections(obtained.map(credentialsSection)))
  await handOver.write('config', mergeAwsSections(obtained.map(configSection)))
  return obtained.map(({ name, session }) => ({ file: 'credentials', entry: name, expiresAt: session.expiresAt }))
}

async function writeWayToToken(
  handOver: HandOver,
  obtained: readonly Obtained[],
  { inputs, services }: Call,
): Promise<readonly HandedOver[]> {
  const tokenFile = inputs['web-identity-token-file']
  const sections = obtained.map((one) => webIdentitySection(one, { tokenFile, context: services.context }))
  // Keys of a profile of that name are what clients would take first: those of before, until they end.
  await handOver.write('credentials', dropAwsSections(obtained.map(({ name }) => name)))
  await handOver.write('config', mergeAwsSections(sections))
  return obtained.map(({ name }) => ({ file: 'config', entry: name, expiresAt: undefined }))
}

async function writeProcesses(
  handOver: HandOver,
  obtained: readonly Obtained[],
  { inputs, services }: Call,
): Promise<readonly HandedOver[]> {
  const named = obtained.map((one) => ({ ...one, file: settingsFile(one.name) }))
  const sections = named.map((one) => processSection(one, commandLine(handOver.pathOf(one.file))))
  for (const { file, name } of named)
    await handOver.write(file, settingsText(settingsOf(name, services.given, inputs.timeout)))
  // Keys of a profile of that name are what clients would take first.
  const names = named.map(({ name }) => name)
  await handOver.write('credentials', mergeAwsSections([], names))
  await handOver.write('config', mergeAwsSections(sections))
  return names.map((name) => ({ file: 'config', entry: name, expiresAt: undefined }))
}
