import type { RunContext } from '../lib/audit/record.ts'
import { regionPattern } from '../lib/aws/partitions.ts'
import { parseRoleArn } from '../lib/aws/role-arn.ts'
import type { Fault } from '../lib/core/errors.ts'
import type { AwsTarget } from '../lib/federation/aws-session.ts'
import { actingFor, allowedTarget, checkEntries, type Acting, type AwsEntry } from '../lib/federation/entry-identity.ts'
import type { IdentityInputs, IdentityUse } from '../lib/federation/identity-inputs.ts'
import type { Surroundings } from '../lib/step/define-step.ts'
import { handOverFaults, processFaults } from './hand-over-faults.ts'

type NamedProfile = { readonly name: string; readonly entry: AwsEntry }

/** One profile to write. */
export type Profile = { readonly name: string; readonly target: AwsTarget; readonly acting: Acting }

/** The inputs that the profiles follow from; undefined is what was not given, or faulty by itself. */
export type ProfileInputs = IdentityInputs & {
  readonly profiles?: readonly string[] | undefined
  readonly credentials?: 'static' | 'process' | 'web-identity' | undefined
}

/** What all profiles together are: sessions of AWS, in places that each one names. */
export const profilesUse: IdentityUse = { entra: false, aws: true, places: [] }

/** What is wrong with the inputs taken together. */
export function checkProfiles(inputs: ProfileInputs, around: Surroundings): readonly Fault[] {
  const faults: Fault[] = []
  const entries = resolve(inputs, faults).map(({ entry }) => entry)
  if (inputs.credentials === 'process') faults.push(...processFaults(around))
  if (inputs.credentials !== 'web-identity') return [...faults, ...checkEntries(inputs, entries)]
  // What cannot be handed over is said as such; the rest is checked as if it had not been given.
  const rest: ProfileInputs = { ...inputs, 'aws-identity': 'cluster', 'aws-chain-role-arn': undefined }
  return [...faults, ...handOverFaults(inputs), ...checkEntries(rest, entries)]
}

/** The profiles of inputs that passed {@link checkProfiles}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readProfiles(inputs: ProfileInputs, context: RunContext): readonly Profile[] {
  return resolve(inputs, []).map(({ name, entry }) => {
    return { name, acting: actingFor(inputs, entry), target: allowedTarget(inputs, entry, { context, reached: [] }) }
  })
}

/** The same for sessions that only show that they can be had: they live as short as STS makes them. */
export function briefly(profiles: readonly Profile[]): readonly Profile[] {
  return profiles.map((profile) => ({ ...profile, target: { ...profile.target, durationSeconds: undefined } }))
}

function resolve({ profiles: texts = [] }: ProfileInputs, faults: Fault[]): readonly NamedProfile[] {
  const names = texts.map((text) => /^[\w.-]+/.exec(text)?.[0] ?? '')
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  for (const name of new Set(twice)) faults.push({ param: 'profiles', got: name, expected: 'each name once' })
  return texts.flatMap((text) => readProfile(text, faults) ?? [])
}

function readProfile(text: string, faults: Fault[]): NamedProfile | undefined {
  const known = faults.length
  const [head = '', region] = text.split(/ +/)
  const [name = '', ...arn] = head.split('=')
  const roleArn = arn.length === 0 ? undefined : arn.join('=')
  if (roleArn !== undefined && parseRoleArn(roleArn) === undefined)
    faults.push({ param: 'profiles (role)', got: roleArn, expected: 'the ARN of a role' })
  if (region !== undefined && !regionPattern.test(region))
    faults.push({ param: 'profiles (region)', got: region, expected: 'an AWS region such as eu-central-1' })
  return faults.length > known ? undefined : { name, entry: { param: 'profiles', roleArn, region } }
}
