import type { Task, TaskStep } from '../../steps/lib/catalog/task.ts'
import { readExample } from './examples.ts'
import { present, type Changeable, type Spoilt } from './spoilt.ts'

/** The Task of examples/own-task, whose step `push` is our StepAction. */
export const goodOwnTask: Task = readExample<Task>('own-task/task.yaml', 'Task')

type Good = Changeable<Task>
const push = ({ spec }: Good): Changeable<TaskStep> => present(spec.steps.find(({ name }) => name === 'push'))
const show = ({ spec }: Good): Changeable<TaskStep> => present(spec.steps.find(({ name }) => name === 'show'))
const given = (task: Good, name: string) => present(push(task).params?.find((param) => param.name === name))
const without = (task: Good, name: string) => {
  push(task).params = present(push(task).params).filter((param) => param.name !== name)
}
const token = (task: Good) => present(task.spec.volumes?.[0]?.projected?.sources?.[0]?.serviceAccountToken)

/** Tasks with a StepAction of ours that the contract checker refuses. */
export const spoiltOwnTasks: readonly Spoilt<Task>[] = [
  {
    what: 'an unknown param for the StepAction',
    spoil: (task) => push(task).params?.push({ name: 'dryrun', value: 'true' }),
    fault: /step "push" gives "dryrun", which the StepAction push-image does not take: Tekton refuses it/,
  },
  {
    what: 'a missing param for the StepAction',
    spoil: (task) => without(task, 'source-path'),
    fault: /step "push" does not give "source-path"/,
  },
  {
    what: 'a literal that the step would refuse',
    spoil: (task) => (given(task, 'dry-run').value = 'yes'),
    fault: /gives "dry-run" as "yes", expected/,
  },
  {
    what: 'a list as text',
    spoil: (task) => (given(task, 'tags').value = 'stable'),
    fault: /gives "tags" as a string/,
  },
  {
    what: 'a token volume that the Task does not have',
    spoil: (task) => (given(task, 'token-volume').value = 'entra-tokn'),
    fault: /"token-volume" as "entra-tokn", which is no volume of the Task/,
  },
  {
    what: 'a token volume without a token',
    spoil: (task) => (given(task, 'token-volume').value = 'scratch'),
    fault: /which holds no service-account token/,
  },
  {
    what: 'a token in a file of another name',
    spoil: (task) => (token(task).path = 'jwt'),
    fault: /which holds no service-account token in "token"/,
  },
  {
    what: 'a token for another audience than the step expects',
    spoil: (task) => (token(task).audience = 'https://kubernetes.default.svc'),
    fault: /expects the token audience api:\/\/AzureADTokenExchange, the volume "entra-token" has https/,
  },
  {
    what: 'a token for no audience, which is one for the API server',
    spoil: (task) => delete token(task).audience,
    fault: /expects the token audience .* has \(none\)/,
  },
  {
    what: 'AWS without Entra, and no token for AWS in the volume',
    spoil: (task) => push(task).params?.push({ name: 'aws-identity', value: 'cluster' }),
    fault: /"token-volume" as "entra-token", which holds no service-account token in "aws-token"/,
  },
  {
    what: 'a scratch volume that the Task does not have',
    spoil: (task) => (given(task, 'scratch-volume').value = 'tmp'),
    fault: /"scratch-volume" as "tmp", which is no volume of the Task/,
  },
  {
    what: 'a scratch volume that is no emptyDir',
    spoil: (task) => (given(task, 'scratch-volume').value = 'entra-token'),
    fault: /which is no emptyDir/,
  },
  {
    what: 'an unknown StepAction',
    spoil: (task) => (push(task).ref = { name: 'push-imag' }),
    fault: /calls "push-imag", which is no StepAction of this repository/,
  },
  {
    what: 'a StepAction from a bundle under the wrong kind',
    spoil: (task) => (push(task).ref = fromBundle('task')),
    fault: /takes the kind "task" from a bundle, expected "stepaction"/,
  },
  {
    what: 'env beside ref',
    spoil: (task) => (push(task).env = [{ name: 'PARAM_DRY_RUN', value: 'true' }]),
    fault: /has env beside ref: Tekton refuses that/,
  },
  {
    what: 'params for a step without ref',
    spoil: (task) => (show(task).params = [{ name: 'image', value: 'x' }]),
    fault: /step "show" has params without ref/,
  },
  {
    what: 'a param that is not declared',
    spoil: (task) => (given(task, 'image').value = 'contoso.azurecr.io/shop/web:$(params.tagg)'),
    fault: /\$\(params\.tagg\) is used but not declared/,
  },
  {
    what: 'a list that is handed on without [*]',
    spoil: (task) => (given(task, 'tags').value = ['$(params.more-tags)']),
    fault: /\$\(params\.more-tags\) is a list/,
  },
  {
    what: 'a workspace that is not declared',
    spoil: (task) => (given(task, 'source-path').value = '$(workspaces.built.path)'),
    fault: /\$\(workspaces\.built…\) is used but not declared/,
  },
  {
    what: 'a result that the StepAction does not have',
    spoil: ({ spec }) => (present(spec.results?.[0]).value = '$(steps.push.results.IMAGE)'),
    fault: /takes "IMAGE" of step "push", which does not declare it/,
  },
  {
    what: 'a result of a later step',
    spoil: (task) => (show(task).args = ['$(steps.push.results.IMAGE_URL)']),
    fault: /step "show" takes a result of "push", which is no earlier step/,
  },
]

function fromBundle(kind: string) {
  const params = { bundle: 'registry.example/steps:1', name: 'push-image', kind }
  return { resolver: 'bundles', params: Object.entries(params).map(([name, value]) => ({ name, value })) }
}
