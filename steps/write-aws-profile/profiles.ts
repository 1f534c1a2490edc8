import { requireAllowedAccounts } from '../lib/aws/allowed-accounts.ts'
import { partitionOf, regionPattern } from '../lib/aws/partitions.ts'
import { parseRoleArn, type RoleArn } from '../lib/aws/role-arn.ts'
import type { Fault } from '../lib/core/errors.ts'

/** One profile to write. */
export type Profile = { readonly name: string; readonly role: RoleArn; readonly region: string }

/** The inputs that the profiles follow from; undefined is what was not given, or faulty by itself. */
export type ProfileInputs = {
  readonly profiles?: readonly string[] | undefined
  readonly credentials?: 'static' | 'web-identity' | undefined
  readonly identity?: string | undefined
  readonly 'tenant-id'?: string | undefined
  readonly 'client-id'?: string | undefined
  readonly 'aws-role-arn'?: string | undefined
  readonly 'aws-token-resource'?: string | undefined
  readonly 'aws-region'?: string | undefined
  readonly 'aws-session-policy'?: string | undefined
}

/** What is wrong with the inputs taken together. */
export function checkProfiles(inputs: ProfileInputs): readonly Fault[] {
  const faults: Fault[] = []
  resolve(inputs, faults)
  return [...faults, ...checkWay(inputs)]
}

/** The profiles of inputs that passed {@link checkProfiles}. Throws AWS_ACCOUNT_NOT_ALLOWED; nothing has been sent anywhere by then. */
export function readProfiles(
  inputs: ProfileInputs & { readonly 'allowed-accounts': readonly string[] },
): readonly Profile[] {
  const profiles = resolve(inputs, [])
  requireAllowedAccounts(
    profiles.map(({ name, role }) => [`role of the profile ${name}`, role.accountId]),
    inputs['allowed-accounts'],
  )
  return profiles
}

/** What each way to a session needs: Entra by way of Entra, and nothing that a client would leave out where it refreshes by itself. */
function checkWay(inputs: ProfileInputs): Fault[] {
  if (inputs.credentials === 'static') {
    const needed = ['tenant-id', 'client-id', 'aws-token-resource'] as const
    return needed.filter((name) => inputs[name] === undefined).map((name) => missing(name, 'for static', inputs))
  }
  if (inputs.credentials !== 'web-identity' || inputs['aws-session-policy'] === undefined) return []
  const expected = 'none with credentials: web-identity: a client that refreshes by itself sends no session policy'
  return [{ param: 'aws-session-policy', got: inputs['aws-session-policy'].slice(0, 100), expected }]
}

function resolve(inputs: ProfileInputs, faults: Fault[]): readonly Profile[] {
  const texts = inputs.profiles ?? []
  const names = texts.map((text) => /^[\w.-]+/.exec(text)?.[0] ?? '')
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  for (const name of new Set(twice)) faults.push({ param: 'profiles', got: name, expected: 'each name once' })
  return texts.flatMap((text) => readProfile(text, inputs, faults) ?? [])
}

function readProfile(text: string, inputs: ProfileInputs, faults: Fault[]): Profile | undefined {
  const [head = '', ownRegion] = text.split(/ +/)
  const [name = '', ...arn] = head.split('=')
  const ownRole = arn.length === 0 ? undefined : arn.join('=')
  const [roleText, region] = [ownRole ?? inputs['aws-role-arn'], ownRegion ?? inputs['aws-region']]
  const role = parseRoleArn(roleText ?? '')
  if (roleText === undefined) faults.push(missing('aws-role-arn', `for the profile ${name}`, inputs))
  else if (role === undefined) faults.push({ param: 'profiles (role)', got: roleText, expected: 'the ARN of a role' })
  if (region === undefined) faults.push(missing('aws-region', `for the profile ${name}`, inputs))
  else if (role !== undefined && (!regionPattern.test(region) || partitionOf(region)?.name !== role.partition)) {
    const param = ownRegion === undefined ? 'aws-region' : 'profiles (region)'
    faults.push({ param, got: region, expected: `a region of the partition ${role.partition}, where ${role.arn} is` })
  }
  return role === undefined || region === undefined ? undefined : { name, role, region }
}

function missing(param: string, what: string, { identity }: ProfileInputs): Fault {
  const expected = `a value ${what}, by the param ${param} or by the key ${param} in the ConfigMap ${identity ?? 'of the identity profile'}`
  return { param, got: 'nothing', expected }
}
