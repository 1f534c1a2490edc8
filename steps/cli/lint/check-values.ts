import { azureCloudNames } from '../../lib/azure/clouds.ts'
import type { Fault } from '../../lib/core/errors.ts'
import type { Param, StepDefinition, Surroundings } from '../../lib/step/define-step.ts'
import { parseValue } from '../../lib/step/parse-value.ts'
import type { Call, Given } from './call.ts'
import { finding, shown, type Finding } from './finding.ts'
import { secretIn } from './secrets.ts'
import type { Tree, TreeScalar } from './tree.ts'
import { isFilledInLater } from './variables.ts'

/** Literals that the step would refuse: each by its param's own parser, then all of them by the step's own check. */
export function checkValues(call: Call): readonly Finding[] {
  const alone = call.given.flatMap((given) => checkAlone(call, given))
  return [...alone, ...checkTogether(call, new Set(alone.map(({ param }) => param)))].map(({ told }) => told)
}

type Refused = { readonly param: string; readonly told: Finding }

function checkAlone(call: Call, { name, value, isFannedOut }: Given): readonly Refused[] {
  const known = call.called.stepParams.get(name)
  if (known === undefined || ((known.param.kind === 'list') !== (value.kind === 'list') && !isFannedOut)) return []
  return literalsOf(value).flatMap((literal) => {
    const parsed = parseValue(known.param, [literal.text.trim()])
    if (!('expected' in parsed)) return []
    const where = `param "${name}" of ${call.where}`
    const told = finding('param-value', literal.at, { where, got: shown(literal.text), expected: parsed.expected })
    return [{ param: known.name, told }]
  })
}

/** Texts that stand there as the step gets them. The empty one means "not given". */
function literalsOf(value: Tree): readonly TreeScalar[] {
  const scalars = value.kind === 'list' ? value.items.filter((item) => item.kind === 'scalar') : [value]
  return scalars.filter(
    (one): one is TreeScalar =>
      one.kind === 'scalar' && one.type === 'string' && one.text.trim() !== '' && !isFilledInLater(one.text),
  )
}

/**
 * What the step's own check says of the call's literals. The identity profile is not known here, so a param that it may set counts as not
 * known; of Azure's clouds, each is tried. What is found of a param that is not given, or that may be otherwise by such a value, is left out.
 */
function checkTogether(call: Call, faulty: ReadonlySet<string>): readonly Refused[] {
  const { step, stepParams } = call.called
  const given = new Map(
    call.given.flatMap((one) => {
      const known = stepParams.get(one.name)
      return known === undefined ? [] : [[known.name, one] as const]
    }),
  )
  const inputs = readInputs(step, given, faulty)
  const isAllLiteral = [...given.values()].every(({ value, isFannedOut }) => !isFannedOut && isLiteral(value))
  // What a ConfigMap that a param names has under its keys is not known here.
  const configMaps = new Set(Object.values(step.params).map(({ profileOf }) => profileOf))
  const isSure = ({ param }: Fault) => {
    const [name = '', part] = param.split(' ')
    const one = given.get(name)
    return (
      !configMaps.has(name) &&
      one !== undefined &&
      !faulty.has(name) &&
      hasLiteral(one) &&
      (part !== undefined || isAllLiteral)
    )
  }
  return underEveryCloud(step, inputs, isSure).flatMap(({ param, got, expected }) => {
    const one = given.get(param.split(' ')[0] ?? '')
    if (one === undefined) return []
    const where = `param "${one.name}" of ${call.where}`
    const safe = secretIn('', expected) === undefined ? expected : 'another value'
    const told = finding('param-value', placeIn(one.value, got), { where, got: shown(got), expected: safe })
    return [{ param: one.name, told }]
  })
}

function hasLiteral({ value, isFannedOut }: Given): boolean {
  return !isFannedOut && literalsOf(value).length > 0
}

function isLiteral(value: Tree): boolean {
  if (value.kind === 'list') return value.items.every(isLiteral)
  return value.kind === 'scalar' && !isFilledInLater(value.text)
}

type Inputs = Readonly<Record<string, unknown>>

function readInputs(step: StepDefinition, given: ReadonlyMap<string, Given>, faulty: ReadonlySet<string>): Inputs {
  return Object.fromEntries(
    Object.entries(step.params).map(([name, param]) => {
      const one = given.get(name)
      if (faulty.has(name) || one?.isFannedOut === true) return [name, undefined]
      return [name, one === undefined ? ownDefault(param) : literalValue(param, one.value)]
    }),
  )
}

/** What a param is when nothing is given; unknown where the profile or the webhook may say it. */
function ownDefault(param: Param): unknown {
  if (param.profile === true || param.webhook !== undefined || param.default === undefined) return undefined
  return typed(param, typeof param.default === 'string' ? [param.default] : param.default)
}

/** Of a list, the entries that are literal: what is wrong with one of them is wrong whatever the others become. */
function literalValue(param: Param, value: Tree): unknown {
  const texts = literalsOf(value).map(({ text }) => text.trim())
  if (param.kind === 'list') return value.kind === 'list' && (isLiteral(value) || texts.length > 0) ? texts : undefined
  if (texts.length > 0) return typed(param, texts)
  return isLiteral(value) ? ownDefault(param) : undefined
}

function typed(param: Param, texts: readonly string[]): unknown {
  const parsed = parseValue(param, texts)
  return 'value' in parsed ? parsed.value : undefined
}

/** A profile that is not seen here has what the step may need of it: lint says nothing that may be untrue. */
const unseen: Surroundings = { profile: 'entra-identity', hasSink: true, httpsProxy: '', annotations: {} }

/**
 * The faults that are found in whichever cloud the profile may name, on each side of a step that has two. Where every cloud has one, but not the
 * same, they are those of the first cloud, which is Azure's public one.
 */
function underEveryCloud(step: StepDefinition, inputs: Inputs, isSure: (fault: Fault) => boolean): readonly Fault[] {
  const open = Object.keys(step.params).filter((name) => /(^|-)azure-cloud$/.test(name) && inputs[name] === undefined)
  const ways = open.reduce<readonly Inputs[]>(
    (sofar, name) => sofar.flatMap((one) => azureCloudNames.map((cloud) => ({ ...one, [name]: cloud }))),
    [inputs],
  )
  const [first = [], ...others] = ways.map((one) => (step.check?.(one, unseen) ?? []).filter(isSure))
  if (others.some((faults) => faults.length === 0)) return []
  const isSame = (left: Fault, right: Fault) => left.param === right.param && left.got === right.got
  const shared = first.filter((fault) => others.every((faults) => faults.some((other) => isSame(fault, other))))
  return shared.length > 0 ? shared : first
}

/** The entry that a fault is about, where it can be told; else the whole value. */
function placeIn(value: Tree, got: string) {
  if (value.kind !== 'list') return value.at
  return (value.items.find((item) => item.kind === 'scalar' && item.text.includes(got)) ?? value).at
}
