import type { RepositoryCreationTemplate } from '../config.ts'
import type { EcrHost } from '../registry/ecr-hosts.ts'
import { findEcrAccount } from '../registry/ecr-repositories.ts'
import type { World } from '../world.ts'
import { invalidParameter, requiredText, textList } from './ecr-input.ts'
import { nextOf, pageOf } from './ecr-paging.ts'
import { AwsFault } from './aws-fault.ts'
import type { JsonObject } from './json-object.ts'
import { authorize } from './json-operation.ts'
import type { JsonOperation } from './json-operation.ts'

/** Settings with their values (API reference of PutAccountSetting), the default first. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  BASIC_SCAN_TYPE_VERSION: ['AWS_NATIVE'],
  REGISTRY_POLICY_SCOPE: ['V2'],
  BLOB_MOUNTING: ['DISABLED', 'ENABLED'],
}

// Beside the world: what was put at run time, by account, region and name.
const putByWorld = new WeakMap<World, Map<string, string>>()

const keyOf = ({ account, region }: EcrHost, name: string): string => `${account}/${region}/${name}`

/** A setting of a registry: as it was put, else as configured, else the default. */
export const accountSetting = (world: World, registry: EcrHost, name: string): string | undefined => {
  const configured = new Map(Object.entries(findEcrAccount(world, registry)?.accountSettings ?? {}))
  return putByWorld.get(world)?.get(keyOf(registry, name)) ?? configured.get(name) ?? SETTINGS[name]?.[0]
}

const ownRegistry = (call: Parameters<JsonOperation>[1]): EcrHost => ({
  account: call.session.accountId,
  region: call.region,
})

/** [K] assumption: settings are allowed or not on the registry as a whole. */
const readName = (world: World, call: Parameters<JsonOperation>[1], action: string): string => {
  authorize(world, call, { action, resource: '*' })
  const name = requiredText(call.input, 'name')
  if (!Object.hasOwn(SETTINGS, name))
    throw invalidParameter('name', `must be one of ${Object.keys(SETTINGS).join(', ')}`)
  return name
}

/** Answers GetAccountSetting. */
export const getAccountSetting: JsonOperation = (world, call) => {
  const name = readName(world, call, 'ecr:GetAccountSetting')
  return { name, value: accountSetting(world, ownRegistry(call), name) }
}

/** Answers PutAccountSetting. */
export const putAccountSetting: JsonOperation = (world, call) => {
  const name = readName(world, call, 'ecr:PutAccountSetting')
  const value = requiredText(call.input, 'value')
  if (SETTINGS[name]?.includes(value) !== true)
    throw invalidParameter('value', `must be one of ${SETTINGS[name]?.join(', ')}`)
  const put = putByWorld.get(world) ?? new Map<string, string>()
  putByWorld.set(world, put.set(keyOf(ownRegistry(call), name), value))
  return { name, value }
}

const WRITTEN_DOWN_AT = 1_767_225_600

const showTemplate = (template: RepositoryCreationTemplate): JsonObject => {
  const { repositoryPolicy, region: _region, ...shown } = template
  return {
    encryptionConfiguration: { encryptionType: 'AES256' },
    imageTagMutability: 'MUTABLE',
    ...shown,
    ...(repositoryPolicy === undefined ? {} : { repositoryPolicy: JSON.stringify(repositoryPolicy) }),
    createdAt: WRITTEN_DOWN_AT,
    updatedAt: WRITTEN_DOWN_AT,
  }
}

/** Lists the templates of the configuration; they are changed there only. */
export const describeRepositoryCreationTemplates: JsonOperation = (world, call) => {
  authorize(world, call, { action: 'ecr:DescribeRepositoryCreationTemplates', resource: '*' })
  const prefixes = textList(call.input, 'prefixes', { pattern: /^.+$/, shown: '.+' })
  const here = (findEcrAccount(world, ownRegistry(call))?.repositoryCreationTemplates ?? []).filter(
    ({ region }) => region === undefined || region === call.region,
  )
  const missing = prefixes.find((prefix) => !here.some((template) => template.prefix === prefix))
  if (missing !== undefined)
    throw new AwsFault('TemplateNotFoundException', `The template with prefix '${missing}' does not exist.`)
  const wanted = prefixes.length > 0 ? here.filter(({ prefix }) => prefixes.includes(prefix)) : here
  const page = pageOf(call.input, wanted)
  return {
    registryId: call.session.accountId,
    repositoryCreationTemplates: page.items.map(showTemplate),
    ...nextOf(page),
  }
}
