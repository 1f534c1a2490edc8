import { readGiven, withDeclared, type Scope } from './call.ts'
import { checkPipelineSpec } from './check-pipeline.ts'
import { checkCall, checkTaskSpec, type Checked } from './check-task.ts'
import { checkWorkspaces } from './check-workspaces.ts'
import { finding, type Finding } from './finding.ts'
import { follow, type Known } from './reference.ts'
import { secretIn } from './secrets.ts'
import { fieldOf, itemsOf, placeOf, scalarsOf, textOf, type Tree } from './tree.ts'

/** An object that Tekton runs, or runs something of. */
export type TektonObject = { readonly kind: string; readonly root: Tree; readonly isTemplate: boolean }

const nothing: Scope = new Map()

type Check = (object: TektonObject, owner: string, known: Known) => Checked

const checks: Readonly<Record<string, Check>> = {
  Task: ({ root, isTemplate }, owner, known) =>
    checkTaskSpec(fieldOf(root, 'spec'), { owner, place: 'Task', scope: nothing, isTemplate }, known),
  Pipeline: ({ root, isTemplate }, owner, known) =>
    checkPipelineSpec(fieldOf(root, 'spec'), { owner, scope: nothing, isTemplate }, known),
  TaskRun: checkTaskRun,
  PipelineRun: ({ root, isTemplate }, owner, known) => {
    // The run's own params reach what is written out in it without being declared there.
    const scope = withDeclared(nothing, itemsOf(root, 'spec', 'params'))
    return checkPipelineSpec(fieldOf(root, 'spec', 'pipelineSpec'), { owner, scope, isTemplate }, known)
  },
}

/** The objects of a document that are checked: itself, those of a List, and those that a TriggerTemplate makes. */
export function objectsIn(root: Tree, isTemplate = false): readonly TektonObject[] {
  const kind = textOf(root, 'kind') ?? ''
  const apiVersion = textOf(root, 'apiVersion') ?? ''
  if (kind === 'List') return itemsOf(root, 'items').flatMap((item) => objectsIn(item, isTemplate))
  if (kind === 'TriggerTemplate')
    return itemsOf(root, 'spec', 'resourcetemplates').flatMap((item) => objectsIn(item, true))
  if (!apiVersion.startsWith('tekton.dev/')) return []
  return Object.hasOwn(checks, kind) || kind === 'StepAction' ? [{ kind, root, isTemplate }] : []
}

/** Everything that is wrong with an object. */
export function checkObject(object: TektonObject, known: Known): Checked {
  const name = textOf(object.root, 'metadata', 'name') ?? textOf(object.root, 'metadata', 'generateName') ?? '(no name)'
  const owner = `${object.kind} "${name}"`
  const checked = checks[object.kind]?.(object, owner, known) ?? { findings: [], calls: 0 }
  return { ...checked, findings: [...checked.findings, ...checkSecrets(object.root, owner)] }
}

function checkTaskRun({ root, isTemplate }: TektonObject, owner: string, known: Known): Checked {
  const spec = fieldOf(root, 'spec')
  const own = fieldOf(spec, 'taskSpec')
  if (own !== undefined) {
    const scope = withDeclared(nothing, itemsOf(spec, 'params'))
    const volumes = itemsOf(spec, 'podTemplate', 'volumes')
    return checkTaskSpec(own, { owner, place: 'Task', scope, volumes, isTemplate }, known)
  }
  const { called, findings } = follow(fieldOf(spec, 'taskRef'), 'Task', owner, known)
  if (spec === undefined || called === undefined) return { findings, calls: 0 }
  const given = readGiven(itemsOf(spec, 'params'))
  const call = { where: owner, called, at: placeOf(spec, 'taskRef'), given, scope: nothing }
  return {
    calls: 1,
    findings: [
      ...checkCall(call, { where: owner, scope: nothing, place: 'TaskRun', isTemplate }),
      ...checkWorkspaces(call, itemsOf(spec, 'workspaces')),
    ],
  }
}

/** Params of every kind of object, wherever they stand in it, whether they are ours or not. */
function checkSecrets(tree: Tree, owner: string): readonly Finding[] {
  if (tree.kind === 'scalar') return []
  if (tree.kind === 'list') return tree.items.flatMap((item) => checkSecrets(item, owner))
  return [...tree.entries].flatMap(([key, { value }]) =>
    key === 'params' && value.kind === 'list'
      ? value.items.flatMap((param) => [...secretsOf(param, owner), ...checkSecrets(param, owner)])
      : checkSecrets(value, owner),
  )
}

function secretsOf(param: Tree, owner: string): readonly Finding[] {
  const name = textOf(param, 'name') ?? ''
  return ['value', 'default'].flatMap((key) =>
    scalarsOf(fieldOf(param, key)).flatMap((scalar) => {
      const kind = secretIn(name, scalar.text)
      if (kind === undefined) return []
      const where = `${key} of the param ${secretIn('', name) === undefined ? `"${name}"` : '(not shown)'} of ${owner}`
      return [
        finding('secret-in-param', scalar.at, { where, got: `${kind} (not shown)`, expected: 'no secret in a param' }),
      ]
    }),
  )
}
