import { stepError, type Fault } from '../core/errors.ts'
import { addedToGuard, idleFaults, unvouchedFault, weakenedFaults } from './guards.ts'
import { findValue, profileTexts, shown, textsOf, type FoundValue, type RawInputs } from './find-value.ts'
import { readLists } from './list-args.ts'
import { readNetwork, type Network } from './network.ts'
import { effectiveSink, profileName, readSinkSettings } from './sink-settings.ts'
import { parseValue } from './parse-value.ts'
import {
  envName,
  profilePlace,
  sidedName,
  type InputsOf,
  type Param,
  type StepDefinition,
  type Surroundings,
  type WorkspacesOf,
} from './define-step.ts'

/** One input as it takes effect, for the list that is printed first. */
export type EffectiveInput = { readonly name: string; readonly value: string; readonly from: string }

export type ParsedInputs<S extends StepDefinition> = {
  readonly inputs: InputsOf<S>
  readonly workspaces: WorkspacesOf<S>
  /** Texts of the annotations by name, byte for byte; one that the pod does not have is absent. */
  readonly annotations: Readonly<Record<string, string>>
  readonly network: Network
  /** The folder for temporary files; `''` where the step was given none. */
  readonly scratch: string
  /** The volume for what is handed over; `''` where the step was given none. */
  readonly handOver: string
  /** The volume that only a sidecar and our steps mount; `''` where the step was given none. */
  readonly sealed: string
}

/**
 * Reads, checks and types everything that the step declares. `show` is given the inputs as they take effect, also when there are
 * faults. Throws INPUT_INVALID with all faults at once.
 */
export function parseInputs<const S extends StepDefinition>(
  step: S,
  raw: RawInputs,
  show: (effective: readonly EffectiveInput[]) => void = () => {},
): ParsedInputs<S> {
  const faults: Fault[] = []
  const lists = readLists(step, raw.args, faults)
  const inputs: Record<string, unknown> = {}
  const effective: EffectiveInput[] = []
  for (const [name, param] of Object.entries(step.params)) {
    const found = findValue(name, param, raw, lists.get(name))
    if (found === undefined) {
      if (param.optional !== true) faults.push(missing(name, param, raw))
      inputs[name] = undefined
      continue
    }
    effective.push({ name, value: shown(param, found.texts), from: found.from })
    if (param.narrows === true) faults.push(...widened(name, param, found, raw))
    if (found.from === 'param') {
      const given = { name, param, ...found, ...guarding(name, param, raw) }
      faults.push(...addedToGuard(step, given), ...unvouchedFault(given))
    }
    const parsed = parseValue(param, found.texts)
    if ('expected' in parsed)
      faults.push({
        param: spelled(name, param, { found, raw }),
        got: shown(param, found.texts),
        expected: parsed.expected,
      })
    else inputs[name] = parsed.value
  }
  const workspaces = readWorkspaces(step, raw, faults, effective)
  const annotations = readAnnotations(step, raw, effective)
  const network = readNetwork(raw.env, faults)
  faults.push(...idleFaults(step, inputs, effective), ...weakenedFaults(step, inputs, effective))
  effective.push(...effectiveSink(readSinkSettings(raw.env, faults, step.mainSide)))
  faults.push(...faultsTogether(step, { inputs, around: { ...surroundings(step, raw, network), annotations } }, faults))
  show(effective)
  if (faults.length > 0) throw invalidInputs(faults)
  // The record was filled from the step's own declaration, param by param, each parsed to the kind it declares.
  // oxlint-disable typescript/no-unsafe-type-assertion
  return {
    inputs: inputs as InputsOf<S>,
    workspaces: workspaces as WorkspacesOf<S>,
    annotations,
    network,
    scratch: raw.env['SCRATCH_FOLDER'] ?? '',
    handOver: raw.env['HAND_OVER_FOLDER'] ?? '',
    sealed: raw.env['SEALED_FOLDER'] ?? '',
  }
  // oxlint-enable typescript/no-unsafe-type-assertion
}

/** The faults that the step itself finds, but for params that are known to be faulty. */
function faultsTogether(
  step: StepDefinition,
  { inputs, around }: { readonly inputs: Readonly<Record<string, unknown>>; readonly around: Surroundings },
  known: readonly Fault[],
): Fault[] {
  const nameOf = ({ param }: Fault) => param.split(' ')[0]
  const faulty = new Set(known.map(nameOf))
  return (step.check?.(inputs, around) ?? []).filter((fault) => !faulty.has(nameOf(fault)))
}

function surroundings(
  step: StepDefinition,
  { env }: RawInputs,
  { httpsProxy }: Network,
): Omit<Surroundings, 'annotations'> {
  const hasSink = textsOf(env[envName('PROFILE', 'record-sink')]).length > 0
  return { profile: profileName(env, sidedName(step.mainSide, 'identity')), hasSink, httpsProxy }
}

function invalidInputs(faults: readonly Fault[]) {
  const count = faults.length === 1 ? 'one value' : `${faults.length} values`
  return stepError('INPUT_INVALID', { count }, { faults })
}

/** What a param adds to a guard of the profile: every such entry is a fault. */
function widened(name: string, param: Param, found: FoundValue, raw: RawInputs): Fault[] {
  const profile = profileTexts(param, raw.env[envName('PROFILE', name)])
  const added = profile.length === 0 ? [] : found.texts.filter((entry) => !profile.includes(entry))
  if (added.length === 0) return []
  const allowed = {
    list: `entries of the profile's own list (${profile.join(' ')}): a param can only narrow it`,
    text: `nothing: the profile ${profileOf(name, param, raw)} sets it, and a param cannot take its place`,
  }
  return [{ param: name, got: shown(param, added), expected: param.kind === 'list' ? allowed.list : allowed.text }]
}

function guarding(name: string, param: Param, raw: RawInputs) {
  const isInProfile = (one: string, its: Param) =>
    its.profile === true && profileTexts(its, raw.env[envName('PROFILE', one)]).length > 0
  return { profile: profileOf(name, param, raw), isInProfile }
}

/** Name of the ConfigMap where a param's value may stand. */
function profileOf(name: string, param: Param, raw: RawInputs): string {
  return profileName(raw.env, profilePlace(name, param).of)
}

function spelled(name: string, param: Param, { found, raw }: { found: FoundValue; raw: RawInputs }): string {
  const { from } = found
  if (from === 'param' || from === 'default') return name
  return from === 'profile' ? `${name} (profile ${profileOf(name, param, raw)})` : `${name} (${from})`
}

function missing(name: string, param: Param, raw: RawInputs): Fault {
  const ways = [`the param ${name}`]
  if (param.profile === true)
    ways.push(
      `the key ${profilePlace(name, param).key} in the ConfigMap ${profileOf(name, param, raw)} of this namespace`,
    )
  return { param: name, got: 'nothing', expected: `${param.expected ?? 'a value'}, by ${ways.join(' or by ')}` }
}

function readWorkspaces(step: StepDefinition, raw: RawInputs, faults: Fault[], effective: EffectiveInput[]) {
  const paths: Record<string, string> = {}
  for (const [name, { optional }] of Object.entries(step.workspaces)) {
    const path = raw.env[envName('WORKSPACE', name)] ?? ''
    // Tekton gives '' for an unbound optional workspace: joining it would read from the root of the file system.
    if (path === '' && optional === true) effective.push({ name: `workspace ${name}`, value: '', from: 'not bound' })
    else if (path === '') faults.push({ param: `workspace ${name}`, got: 'nothing', expected: 'a bound workspace' })
    else effective.push({ name: `workspace ${name}`, value: path, from: 'workspace' })
    paths[name] = path
  }
  return paths
}

/** The downward API gives the empty text for an annotation that the pod does not have. */
function readAnnotations(step: StepDefinition, raw: RawInputs, effective: EffectiveInput[]) {
  const texts: Record<string, string> = {}
  for (const [name, { key }] of Object.entries(step.annotations ?? {})) {
    const text = raw.env[envName('ANNOTATION', name)] ?? ''
    if (text.trim() === '') continue
    effective.push({ name, value: `${Buffer.byteLength(text)} bytes`, from: `annotation ${key}` })
    texts[name] = text
  }
  return texts
}
