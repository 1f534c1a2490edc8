import type { Task } from '../../steps/lib/catalog/task.ts'
import { readTask } from './repository.ts'
import { spoiltCopy } from './spoilt.ts'

type Spoilable = {
  metadata: { annotations: Record<string, string> }
  spec: { steps: SpoilableStep[]; sidecars: SpoilableStep[] }
}
type SpoilableStep = Record<string, unknown> & {
  env: { name: string; value?: string }[]
  volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[]
}

/** The Task with a broker and a step of the user's, with one thing spoilt. */
export function spoiltBrokered(spoil: (task: Spoilable) => unknown): Task {
  return spoiltCopy(readTask('run-with-identity') as unknown as Spoilable, spoil) as unknown as Task
}

const named = (list: readonly SpoilableStep[], name: string): SpoilableStep => {
  const step = list.find((one) => one['name'] === name)
  if (step === undefined) throw new Error('the good Task has changed: this variant spoils nothing any more')
  return step
}
const run = ({ spec }: Spoilable) => named(spec.steps, 'run')
const mount = (step: SpoilableStep, volume: string) =>
  step.volumeMounts.find(({ name }) => name === volume) ?? { name: '', mountPath: '', readOnly: undefined }

/** Ways to give the user's step more than it should have, or to take from it what keeps it apart. */
export const spoiltBrokeredTasks: readonly {
  readonly what: string
  readonly spoil: (task: Spoilable) => unknown
  readonly fault: RegExp
}[] = [
  {
    what: 'the pod’s token in the command’s container',
    spoil: (task) => run(task).volumeMounts.push({ name: 'tekton-entra-token', mountPath: '/token', readOnly: true }),
    fault: /step "run" mounts "tekton-entra-token", the pod's token/,
  },
  {
    what: 'the secret that seals in the command’s container',
    spoil: (task) => run(task).volumeMounts.push({ name: 'tekton-entra-sealed', mountPath: '/sealed', readOnly: true }),
    fault: /step "run" mounts "tekton-entra-sealed", which our steps trust/,
  },
  {
    what: 'a command that may write where the broker hands over',
    spoil: (task) => (mount(run(task), 'tekton-entra-hand-over').readOnly = false),
    fault: /step "run" mounts "tekton-entra-hand-over" writable/,
  },
  {
    what: 'the Kubernetes API token left visible to the command',
    spoil: (task) => run(task).volumeMounts.shift(),
    fault: /step "run" does not hide the Kubernetes API's token/,
  },
  ...['AWS_WEB_IDENTITY_TOKEN_FILE', 'AZURE_FEDERATED_TOKEN_FILE', 'AWS_ACCESS_KEY_ID'].map((variable) => ({
    what: `${variable} left to a webhook`,
    spoil: (task: Spoilable) => (run(task).env = run(task).env.filter(({ name }) => name !== variable)),
    fault: new RegExp(`step "run" does not blank ${variable}`),
  })),
  ...['azure.workload.identity/skip-containers', 'eks.amazonaws.com/skip-containers'].map((annotation) => ({
    what: `an annotation that names another container (${annotation})`,
    spoil: (task: Spoilable) => (task.metadata.annotations[annotation] = 'step-other'),
    fault: /step "run" is given the token of a webhook/,
  })),
  {
    what: 'a command whose failure ends the run at once',
    spoil: (task) => delete run(task)['onError'],
    fault: /step "run" ends the run before the last step has sealed/,
  },
  {
    what: 'a command with more rights',
    spoil: (task) => (run(task)['securityContext'] = { privileged: true }),
    fault: /step "run" is not restricted/,
  },
  {
    what: 'a script in the place of the command',
    spoil: (task) => (run(task)['script'] = 'id'),
    fault: /step "run" has a script/,
  },
  {
    what: 'a broker without the token',
    spoil: ({ spec }) => named(spec.sidecars, 'broker').volumeMounts.shift(),
    fault: /step "broker" does not mount the projected token/,
  },
  {
    what: 'a broker that cannot write its secret',
    spoil: ({ spec }) => (mount(named(spec.sidecars, 'broker'), 'tekton-entra-sealed').readOnly = true),
    fault: /step "broker" does not mount a memory volume at/,
  },
  {
    what: 'a broker that is not given a param',
    spoil: ({ spec }) => named(spec.sidecars, 'broker').env.shift(),
    fault: /step "broker" does not pass PARAM_/,
  },
  {
    what: 'a first step that may write beside the broker',
    spoil: ({ spec }) => (mount(named(spec.steps, 'open'), 'tekton-entra-sealed').readOnly = false),
    fault: /step "open" does not mount a memory volume read-only at/,
  },
]
